import { Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ExplainedPicture } from '#shared/contract/explanation.contract.ts'
import { formatCount } from '#shared/domain/format.ts'
import { NoteList } from '#renderer/components/note-list.tsx'
import { Quiet } from '#renderer/components/quiet.tsx'
import { ErrorState } from '#renderer/components/states.tsx'
import { Thumb } from '#renderer/components/thumb.tsx'
import { describeLabels } from '#renderer/components/tile-words.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'
import styles from './predict.module.css'

const shown = 12

export interface LikenessPanelProps {
  readonly of: ExplainedPicture
  readonly face: number | null
}

/** What a scan would say of the picture, and the images of the project whose faces are most like it. */
export function LikenessPanel({ of, face }: LikenessPanelProps) {
  const api = useApi()
  const examined = useQuery(api.explanation.examine.queryOptions({ input: { of, face, k: shown } }))
  if (examined.error !== null) return <ErrorState error={examined.error} compact />
  if (examined.data === undefined) return <Skeleton h={140} />
  const { warnings, nearest, notCompared } = examined.data
  return (
    <>
      <h3>Quality</h3>
      {warnings.length === 0 ? (
        <Quiet>None of the checks of pictures and faces finds anything to look at.</Quiet>
      ) : (
        <NoteList
          label="Warnings about the picture"
          notes={warnings.map(
            ({ title, help, score, cut }) =>
              `${title}: ${help}${cut === null ? '' : ` Score ${score.toFixed(2)}, told below ${cut.toFixed(2)}.`}`,
          )}
        />
      )}
      <h3>Most like it in the project</h3>
      {nearest === null ? (
        <Quiet>{notCompared}</Quiet>
      ) : (
        <ul className={styles['like']} aria-label="Images most like it">
          {nearest.items.map(({ tile, distance }) => (
            <li key={tile.id}>
              <Link to="/catalogue" search={{ image: tile.id }}>
                <Thumb imageId={tile.id} version={tile.thumb} alt="" />
                <span>
                  Image {formatCount(tile.id)}, {describeLabels(tile)}, distance {distance.toFixed(2)}
                </span>
              </Link>
            </li>
          ))}
        </ul>
      )}
      <p className={styles['care']}>
        Labels are what annotators wrote. Two photographs of one person mostly lie within a distance of 0.6;
        likeness is no proof of who somebody is.
      </p>
    </>
  )
}
