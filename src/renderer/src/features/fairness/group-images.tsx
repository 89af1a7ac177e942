import { CloseButton, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { formatCategory, formatGroup } from '#renderer/components/format.ts'
import { Panel } from '#renderer/components/panel.tsx'
import { ErrorState } from '#renderer/components/states.tsx'
import { Thumb } from '#renderer/components/thumb.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import type { EvaluationId, ImageId } from '#shared/contract/base.contract.ts'
import type { BaselineId } from '#shared/contract/baseline.contract.ts'
import type { GroupLabels, ImagesOfFigure } from '#shared/contract/fairness.contract.ts'
import { formatCount } from '#shared/domain/format.ts'
import type { Task } from '#shared/domain/tasks.ts'
import styles from './fairness.module.css'

export const imagesShown = 100

export interface GroupImagesProps {
  /** Whose answers. */
  readonly of: { readonly evaluationId: EvaluationId } | { readonly baselineId: BaselineId }
  /** Named where there is more than one system on the screen. */
  readonly by?: string
  readonly task: Task
  readonly group: GroupLabels
  readonly onClose: () => void
}

/** The images behind a group's figure, wrong answers first. */
export function GroupImages({ of, by, task, group, onClose }: GroupImagesProps) {
  const api = useApi()
  const found = useQuery(
    api.fairness.images.queryOptions({ input: { ...of, task, group, limit: imagesShown } }),
  )
  return (
    <ImageStrip
      title={`Images labelled ${formatGroup(group)}${by === undefined ? '' : `, by ${by}`}`}
      {...describeAnswers(found.data)}
      error={found.error}
      onClose={onClose}
    />
  )
}

/** The images of one leaf of the tree of errors on the half that did not grow it, wrong answers first. */
export function LeafImages({
  of,
  task,
  leaf,
  title,
  onClose,
}: Pick<GroupImagesProps, 'of' | 'task' | 'onClose'> & {
  readonly leaf: { readonly leaf: number; readonly seed: number; readonly undetected: 'counted' | 'excluded' }
  readonly title: string
}) {
  const api = useApi()
  const found = useQuery(
    api.fairness.errorTreeImages.queryOptions({ input: { ...of, ...leaf, task, limit: imagesShown } }),
  )
  return <ImageStrip title={title} {...describeAnswers(found.data)} error={found.error} onClose={onClose} />
}

/** What is shown of an image in a strip. */
interface StripImage {
  readonly imageId: ImageId
  readonly thumb: string
  readonly caption: string
}

interface ImageStripProps {
  readonly title: string
  readonly note: string | undefined
  readonly images: readonly StripImage[] | undefined
  readonly error: Error | null
  readonly onClose: () => void
}

/** Images behind a figure, in view beside it. */
export function ImageStrip({ title, note, images, error, onClose }: ImageStripProps) {
  return (
    <Panel
      className={styles['open']}
      title={title}
      note={note}
      actions={<CloseButton size="sm" aria-label="Close the images" onClick={onClose} />}
    >
      {error !== null && <ErrorState error={error} compact />}
      {images === undefined && error === null && <Skeleton h={112} />}
      <ul className={styles['strip']} aria-label={title}>
        {images?.map(({ imageId, thumb, caption }) => (
          <li key={imageId}>
            <Link to="/catalogue" search={{ image: imageId }}>
              <span className={styles['picture']}>
                <Thumb imageId={imageId} version={thumb} alt={`Image ${imageId}`} />
              </span>
              {caption}
            </Link>
          </li>
        ))}
      </ul>
    </Panel>
  )
}

/** Counts and captions of answers, wrong ones first. */
function describeAnswers(found: ImagesOfFigure | undefined) {
  return {
    note:
      found === undefined
        ? undefined
        : `${formatCount(found.wrong)} of ${formatCount(found.n)} answered wrong, these first${found.n > imagesShown ? `; first ${imagesShown} shown` : ''}`,
    images: found?.images.map(({ labelled, predicted, isRight, ...image }) => ({
      ...image,
      caption: isRight
        ? formatCategory(labelled)
        : `${formatCategory(labelled)} → ${predicted === null ? 'no answer' : formatCategory(predicted)}`,
    })),
  }
}
