import { CloseButton, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { formatCategory } from '#renderer/components/format.ts'
import { ErrorState } from '#renderer/components/states.tsx'
import { Thumb } from '#renderer/components/thumb.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import type { EvaluationId } from '#shared/contract/base.contract.ts'
import type { Task } from '#shared/domain/tasks.ts'
import { CellViewer } from './cell-viewer.tsx'
import styles from './evaluate.module.css'
import { nameAnswer, shortenAnswer } from './evaluate-view.ts'

export interface CellImagesProps {
  readonly evaluationId: EvaluationId
  readonly task: Task
  readonly labels: readonly string[]
  readonly labelled: number
  readonly predicted: number
  readonly onClose: () => void
}

const imagesShown = 100

/** The pictures stand below a table that fills the window. */
const scrollIntoView = (section: HTMLElement | null): void => section?.scrollIntoView({ block: 'nearest' })

/** The images behind one cell, surest or farthest off first. */
export function CellImages({ evaluationId, task, labels, labelled, predicted, onClose }: CellImagesProps) {
  const api = useApi()
  const images = useQuery(
    api.evaluation.cell.queryOptions({
      input: { evaluationId, task, labelled, predicted, limit: imagesShown },
    }),
  )
  const title = `Labelled ${formatCategory(labels[labelled] ?? '?')}, predicted ${formatCategory(labels[predicted] ?? '?')}`
  return (
    <section ref={scrollIntoView} className={styles['cellImages']} aria-label={title}>
      <header>
        <h3>{title}</h3>
        <span>
          {images.data?.some(({ years }) => years !== null)
            ? 'the figures are the predicted age and, where it is known, the labelled one; farthest off first'
            : 'the figure is the probability the model gave its answer'}
          {images.data?.length === imagesShown ? `; first ${imagesShown} shown` : ''}
        </span>
        <CloseButton size="sm" aria-label="Close the images" onClick={onClose} />
      </header>
      {images.error !== null && <ErrorState error={images.error} compact />}
      <ul className={styles['strip']}>
        {images.isPending &&
          Array.from({ length: 8 }, (_, index) => (
            <li key={index}>
              <Skeleton h={88} w={88} radius={0} />
            </li>
          ))}
        {images.data?.map(({ imageId, thumb, ...answer }) => (
          <li key={imageId}>
            <Link
              to="/evaluate"
              search={(before) => ({ ...before, image: imageId })}
              state={{ isFromCell: true }}
              resetScroll={false}
              aria-label={`Image ${imageId}, ${nameAnswer(answer)}`}
            >
              <span className={styles['stripThumb']}>
                <Thumb imageId={imageId} version={thumb} alt="" />
              </span>
              {shortenAnswer(answer)}
            </Link>
          </li>
        ))}
      </ul>
      <CellViewer title={title} images={images.data ?? []} />
    </section>
  )
}
