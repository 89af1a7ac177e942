import { Button, Skeleton, UnstyledButton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { countTimes, formatShare } from '#shared/domain/format.ts'
import { formatTime } from '#renderer/components/format.ts'
import { Panel } from '#renderer/components/panel.tsx'
import { NeedsProject, Page } from '#renderer/components/screen.tsx'
import { EmptyState, ErrorState } from '#renderer/components/states.tsx'
import { partTitles, tasksForReading } from '#renderer/components/task-words.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'
import type { EvaluationDetail } from '#shared/contract/evaluation.contract.ts'
import { orderModels } from '#shared/domain/order-models.ts'
import { EvaluateForm } from './evaluate-form.tsx'
import { EvaluationResult } from './evaluation-result.tsx'
import { LedgerPanel } from './ledger-panel.tsx'
import styles from './evaluate.module.css'

export function EvaluateScreen() {
  return (
    <NeedsProject>
      <Evaluate />
    </NeedsProject>
  )
}

function Evaluate() {
  const api = useApi()
  const search = useSearch({ from: '/evaluate' })
  const navigate = useNavigate({ from: '/evaluate' })
  const models = useQuery(api.model.list.queryOptions())
  const splits = useQuery(api.split.list.queryOptions())
  const evaluations = useQuery(api.evaluation.list.queryOptions())
  const failure = models.error ?? splits.error ?? evaluations.error
  if (failure !== null) {
    return (
      <Page>
        <ErrorState error={failure} />
      </Page>
    )
  }
  if (models.data === undefined || splits.data === undefined || evaluations.data === undefined) {
    return <EvaluateSkeleton />
  }
  if (models.data.length === 0) {
    return (
      <EmptyState
        text="There is no model to evaluate yet."
        action={<Button onClick={() => void navigate({ to: '/train', search: {} })}>Train a model</Button>}
      />
    )
  }
  const newestFirst = evaluations.data.toSorted((a, b) => b.evaluationId - a.evaluationId)
  const selected = newestFirst.find((one) => one.evaluationId === search.evaluation) ?? newestFirst[0]
  return (
    <Page>
      <div className={styles['columns']}>
        <div className={styles['left']}>
          <Panel title="New evaluation">
            <EvaluateForm
              models={orderModels(models.data)}
              splits={splits.data.toSorted((a, b) => b.splitId - a.splitId)}
            />
          </Panel>
          <LedgerPanel />
          {newestFirst.length > 0 && (
            <Panel title="Evaluations" padded={false}>
              <EvaluationList
                evaluations={newestFirst}
                selected={selected}
                onSelect={(evaluation) => void navigate({ search: { evaluation, task: search.task } })}
              />
            </Panel>
          )}
        </div>
        {selected === undefined ? (
          <Panel>
            <EmptyState text="No evaluation yet. Run one at the left; it is stored with the model's and the split's hash." />
          </Panel>
        ) : (
          <EvaluationResult key={selected.evaluationId} evaluation={selected} />
        )}
      </div>
    </Page>
  )
}

interface EvaluationListProps {
  readonly evaluations: readonly EvaluationDetail[]
  readonly selected: EvaluationDetail | undefined
  readonly onSelect: (evaluationId: number) => void
}

function EvaluationList({ evaluations, selected, onSelect }: EvaluationListProps) {
  return (
    <ul className={styles['list']}>
      {evaluations.map((one) => (
        <li key={one.evaluationId}>
          <UnstyledButton
            className={styles['item']}
            aria-current={one.evaluationId === selected?.evaluationId}
            onClick={() => onSelect(one.evaluationId)}
          >
            <strong>{one.model}</strong>
            <span>
              {partTitles[one.part]}
              {one.openings !== null && `, opened ${countTimes(one.openings)}`}
              {nameFirstResult(one)}
            </span>
            <span>{formatTime(one.createdAt)}</span>
          </UnstyledButton>
        </li>
      ))}
    </ul>
  )
}

/** The accuracy of the first task that the model has, as " · race 71.4%". */
function nameFirstResult({ tasks }: EvaluationDetail): string {
  const task = tasksForReading.find((one) => tasks[one] !== null)
  return task === undefined ? '' : ` · ${task} ${formatShare(tasks[task]?.accuracy.value ?? null)}`
}

function EvaluateSkeleton() {
  return (
    <Page>
      <div className={styles['columns']} aria-busy="true">
        <div className={styles['left']}>
          <Skeleton h={260} />
          <Skeleton h={160} />
        </div>
        <Skeleton h={640} />
      </div>
    </Page>
  )
}
