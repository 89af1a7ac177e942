import { CloseButton, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { formatCategory } from '#renderer/components/format.ts'
import { Panel } from '#renderer/components/panel.tsx'
import { ErrorState } from '#renderer/components/states.tsx'
import { Thumb } from '#renderer/components/thumb.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import type { EvaluationId } from '#shared/contract/base.contract.ts'
import type { BaselineId } from '#shared/contract/baseline.contract.ts'
import type { GroupLabels } from '#shared/contract/fairness.contract.ts'
import { nameGroup } from '#shared/derived/describe-fairness.ts'
import { formatCount } from '#shared/domain/format.ts'
import type { Task } from '#shared/domain/tasks.ts'
import styles from './fairness.module.css'

const imagesShown = 100

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
  const counts =
    found.data === undefined
      ? undefined
      : `${formatCount(found.data.wrong)} of ${formatCount(found.data.n)} answered wrong, these first${found.data.n > imagesShown ? `; first ${imagesShown} shown` : ''}`
  return (
    <Panel
      className={styles['open']}
      title={`Images labelled ${nameGroup(group)}${by === undefined ? '' : `, by ${by}`}`}
      note={counts}
      actions={<CloseButton size="sm" aria-label="Close the images" onClick={onClose} />}
    >
      {found.error !== null && <ErrorState error={found.error} compact />}
      {found.isPending && <Skeleton h={112} />}
      <ul className={styles['strip']} aria-label={`Images labelled ${nameGroup(group)}`}>
        {found.data?.images.map(({ imageId, thumb, labelled, predicted, isRight }) => (
          <li key={imageId}>
            <Link to="/catalogue" search={{ image: imageId }}>
              <span className={styles['picture']}>
                <Thumb imageId={imageId} version={thumb} alt={`Image ${imageId}`} />
              </span>
              {isRight
                ? formatCategory(labelled)
                : `${formatCategory(labelled)} → ${predicted === null ? 'no answer' : formatCategory(predicted)}`}
            </Link>
          </li>
        ))}
      </ul>
    </Panel>
  )
}
