import { Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { toAppError } from '#renderer/engine/client.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { EmbedChoice } from '#renderer/components/embed-choice.tsx'
import { Quiet } from '#renderer/components/quiet.tsx'
import { ErrorState } from '#renderer/components/states.tsx'
import { Thumb } from '#renderer/components/thumb.tsx'
import { describeTile } from './stage.tsx'
import styles from './neighbour-strip.module.css'

const shown = 6

/** The images most like one, with their labels: what a person compares a doubtful label with. */
export function NeighbourStrip({ imageId }: { readonly imageId: number }) {
  const api = useApi()
  const spaces = useQuery(api.embedding.spaces.queryOptions())
  const hasSpaces = spaces.data !== undefined && spaces.data.length > 0
  const found = useQuery(
    api.embedding.neighbours.queryOptions({ input: { imageId, k: shown }, enabled: hasSpaces }),
  )
  if (spaces.data !== undefined && !hasSpaces) {
    return (
      <section aria-label="Most like it">
        <h3>Most like it</h3>
        <EmbedChoice text="Images cannot be compared yet." />
      </section>
    )
  }
  return (
    <section aria-label="Most like it">
      <h3>Most like it</h3>
      {found.error !== null && toAppError(found.error).code === 'INTERNAL' && (
        <ErrorState error={found.error} compact />
      )}
      {found.error !== null && toAppError(found.error).code !== 'INTERNAL' && (
        <Quiet>{toAppError(found.error).message}</Quiet>
      )}
      {found.isPending && <Skeleton h={112} />}
      {found.data !== undefined && (
        <ul className={styles['neighbours']}>
          {found.data.items.map(({ tile, distance }) => (
            <li key={tile.id}>
              <Link
                to="/catalogue"
                search={{ image: tile.id }}
                aria-label={`Image ${tile.id}, labelled ${describeTile(tile)}, distance ${distance.toFixed(2)}`}
              >
                <Thumb imageId={tile.id} version={tile.thumb} alt="" />
              </Link>
              <span>{describeTile(tile)}</span>
              <span className={styles['distance']}>{distance.toFixed(2)}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
