import { Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { EmbedChoice } from '#renderer/components/embed-choice.tsx'
import { Quiet } from '#renderer/components/quiet.tsx'
import { Thumb } from '#renderer/components/thumb.tsx'
import { toAppError } from '#renderer/engine/client.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'
import styles from './image-neighbours.module.css'
import { describeLabels } from './grid-view.ts'

const shown = 8

export interface NeighboursProps {
  readonly imageId: number
  readonly onOpen: (imageId: number) => void
}

/** The images most like this one, nearest first, where embeddings exist. */
export function Neighbours({ imageId, onOpen }: NeighboursProps) {
  const api = useApi()
  const spaces = useQuery(api.embedding.spaces.queryOptions())
  const hasSpaces = spaces.data !== undefined && spaces.data.length > 0
  const found = useQuery(
    api.embedding.neighbours.queryOptions({ input: { imageId, k: shown }, enabled: hasSpaces }),
  )
  if (spaces.data === undefined) return null
  if (!hasSpaces) {
    return (
      <>
        <h3>Most like it</h3>
        <EmbedChoice text="Images cannot be compared yet." />
      </>
    )
  }
  return (
    <>
      <h3>Most like it</h3>
      {found.isPending && <Skeleton h={72} />}
      {found.error !== null && <Quiet>{toAppError(found.error).message}</Quiet>}
      <ul className={styles['neighbours']}>
        {found.data?.items.map(({ tile, distance }) => (
          <li key={tile.id}>
            <button
              type="button"
              title={`${describeLabels(tile)}, distance ${distance.toFixed(2)}`}
              aria-label={`Image ${tile.id}, ${describeLabels(tile)}, distance ${distance.toFixed(2)}`}
              onClick={() => onOpen(tile.id)}
            >
              <Thumb imageId={tile.id} version={tile.thumb} alt="" />
            </button>
          </li>
        ))}
      </ul>
    </>
  )
}
