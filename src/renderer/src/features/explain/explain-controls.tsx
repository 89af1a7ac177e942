import { NativeSelect, SegmentedControl } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import type { EvaluationDetail } from '#shared/contract/evaluation.contract.ts'
import { formatCategory } from '#renderer/components/format.ts'
import { partTitles, tasksForReading, taskTitles } from '#renderer/components/task-words.ts'
import type { ExplainSearch } from './explain-search.ts'
import { listGroups, type ExplainQuery } from './explain-view.ts'
import styles from './explain.module.css'

export interface ExplainControlsProps {
  readonly evaluations: readonly EvaluationDetail[]
  readonly query: ExplainQuery
}

const everybody = ''
const byWords = { race: 'race', gender: 'gender', age: 'age' } as const
const answeredWords = { wrong: 'Answered wrong', right: 'Answered right', any: 'All' } as const
const methodWords = { cam: 'Class activation', lime: 'LIME', occlusion: 'Occlusion' } as const

const pick = <Name extends string>(words: Readonly<Record<Name, string>>, value: string) =>
  (Object.keys(words) as Name[]).find((name) => name === value)

/** Which images are explained: "answered wrong on race, labelled Southeast Asian". */
export function ExplainControls({ evaluations, query }: ExplainControlsProps) {
  const navigate = useNavigate({ from: '/explain' })
  const { evaluation, task, by, group, answered, method } = query
  const ask = (change: Partial<ExplainSearch>) =>
    void navigate({ search: (before) => ({ ...before, page: undefined, ...change }), replace: true })
  return (
    <div className={styles['controls']}>
      <NativeSelect
        label="Evaluation"
        size="xs"
        value={String(evaluation.evaluationId)}
        onChange={(event) => ask({ evaluation: Number(event.currentTarget.value), group: undefined })}
        data={evaluations.map(({ evaluationId, model, split, part }) => ({
          value: String(evaluationId),
          label: `${evaluationId}: ${model}, ${partTitles[part].toLowerCase()} of ${split}`,
        }))}
      />
      <NativeSelect
        label="Answers for"
        size="xs"
        value={task}
        onChange={(event) => ask({ task: tasksForReading.find((one) => one === event.currentTarget.value) })}
        data={tasksForReading
          .filter((one) => evaluation.tasks[one] !== null)
          .map((one) => ({ value: one, label: taskTitles[one] }))}
      />
      <SegmentedControl
        size="xs"
        aria-label="Answered"
        value={answered}
        onChange={(value) => ask({ answered: pick(answeredWords, value) })}
        data={Object.entries(answeredWords).map(([value, label]) => ({ value, label }))}
      />
      <NativeSelect
        label="Labelled by"
        size="xs"
        value={by}
        onChange={(event) => ask({ by: pick(byWords, event.currentTarget.value), group: undefined })}
        data={Object.keys(byWords).map((value) => ({ value, label: formatCategory(value) }))}
      />
      <NativeSelect
        label="Labelled"
        size="xs"
        value={group ?? everybody}
        onChange={(event) => {
          const chosen = event.currentTarget.value
          ask({ group: chosen === everybody ? undefined : chosen })
        }}
        data={[
          { value: everybody, label: 'Anything' },
          ...listGroups(evaluation, task, by).map((one) => ({ value: one, label: formatCategory(one) })),
        ]}
      />
      <NativeSelect
        label="Map by"
        size="xs"
        value={method}
        onChange={(event) => ask({ method: pick(methodWords, event.currentTarget.value), page: query.page })}
        data={Object.entries(methodWords).map(([value, label]) => ({ value, label }))}
      />
    </div>
  )
}
