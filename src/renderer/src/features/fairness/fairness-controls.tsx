import { Checkbox, NativeSelect, NumberInput, SegmentedControl } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { formatCategory } from '#renderer/components/format.ts'
import { Panel } from '#renderer/components/panel.tsx'
import { taskTitles } from '#renderer/components/task-words.ts'
import { defaultMarginOf, fairnessMetrics } from '#shared/domain/fairness-metrics.ts'
import { formatConfidence, formatCount } from '#shared/domain/format.ts'
import type { Task } from '#shared/domain/tasks.ts'
import { isBaseline, type AnswerSource } from './answer-sources.ts'
import { findMetric, labellings, listMetrics, readBy } from './fairness-view.ts'
import styles from './fairness.module.css'

const confidences = [0.9, 0.95, 0.99, 0.999] as const
const corrections = [
  { value: 'holm', label: 'Holm' },
  { value: 'benjamini-hochberg', label: 'Benjamini and Hochberg, to explore' },
  { value: 'none', label: 'None' },
] as const

interface FairnessControlsProps {
  readonly sources: readonly AnswerSource[]
  readonly selected: AnswerSource
  readonly task: Task
}

/** The address of a source: an evaluation or a baseline by its number. */
export function addressOf({ asked }: AnswerSource): { evaluation?: number; baseline?: number } {
  return 'evaluationId' in asked ? { evaluation: asked.evaluationId } : { baseline: asked.baselineId }
}

/** What is shown: whose answers, which figure, of which groups, and how sure its intervals are. */
export function FairnessControls({ sources, selected, task }: FairnessControlsProps) {
  const search = useSearch({ from: '/fairness' })
  const navigate = useNavigate({ from: '/fairness' })
  const metric = findMetric(selected, task, search.metric)
  const { unit, ofLabel } = fairnessMetrics[metric]
  const labels = selected.labelsOf(task)
  const choose = (changed: Partial<typeof search>) =>
    void navigate({ search: (before) => ({ ...before, ...changed }), replace: true })
  const chooseSource = (key: string): void => {
    const source = sources.find((one) => one.key === key)
    if (source !== undefined)
      choose({
        evaluation: undefined,
        baseline: undefined,
        leaf: undefined,
        changed: undefined,
        ...addressOf(source),
      })
  }
  const entries = (which: readonly AnswerSource[]) =>
    which.map(({ key, name }) => ({ value: key, label: name }))
  const others = sources.filter(isBaseline)
  const models = sources.filter((one) => !isBaseline(one))
  const scale = unit === 'share' ? 100 : 1
  return (
    <Panel>
      <div className={styles['controls']}>
        <NativeSelect
          label="Evaluation"
          value={selected.key}
          onChange={(event) => chooseSource(event.currentTarget.value)}
          data={
            others.length === 0
              ? entries(models)
              : [
                  { group: 'Models', items: entries(models) },
                  { group: 'Other systems, stored answers', items: entries(others) },
                ]
          }
        />
        <SegmentedControl
          aria-label="Task"
          value={task}
          onChange={(value) =>
            choose({
              task: selected.tasks.find((one) => one === value),
              label: undefined,
              leaf: undefined,
              changed: undefined,
            })
          }
          data={selected.tasks.map((one) => ({ value: one, label: taskTitles[one] }))}
        />
        <NativeSelect
          label="Metric"
          value={metric}
          onChange={(event) => {
            const named = listMetrics(task, selected).find((one) => one === event.currentTarget.value)
            choose({ metric: named, margin: undefined })
          }}
          data={listMetrics(task, selected).map((one) => ({
            value: one,
            label: fairnessMetrics[one].title,
          }))}
        />
        {ofLabel && (
          <NativeSelect
            label="Of label"
            value={labels.find((one) => one === search.label) ?? labels[0]}
            onChange={(event) => choose({ label: event.currentTarget.value })}
            data={labels.map((one) => ({ value: one, label: formatCategory(one) }))}
          />
        )}
        <Checkbox.Group
          label="Groups by"
          value={readBy(search.by)}
          onChange={(names) => choose({ by: labellings.filter((one) => names.includes(one)).join(',') })}
        >
          <div className={styles['by']}>
            {labellings.map((one) => (
              <Checkbox key={one} size="xs" value={one} label={taskTitles[one]} />
            ))}
          </div>
        </Checkbox.Group>
        <NumberInput
          label={`Alike within (${unit === 'share' ? 'points' : unit})`}
          value={(search.margin ?? defaultMarginOf(metric)) * scale}
          min={0.1}
          max={100}
          step={unit === 'share' ? 1 : 0.5}
          decimalScale={2}
          w={150}
          onChange={(value) => {
            const margin = Number(value) / scale
            choose({ margin: margin > 0 && margin <= 100 ? margin : undefined })
          }}
        />
        <NativeSelect
          label="Confidence"
          value={String(search.confidence ?? 0.95)}
          onChange={(event) => choose({ confidence: Number(event.currentTarget.value) })}
          data={confidences.map((one) => ({ value: String(one), label: formatConfidence(one) }))}
        />
        <NativeSelect
          label="Pairs corrected by"
          value={search.correction ?? 'holm'}
          onChange={(event) =>
            choose({
              correction: corrections.find(({ value }) => value === event.currentTarget.value)?.value,
            })
          }
          data={[...corrections]}
        />
        <Checkbox
          size="xs"
          className={styles['by']}
          label="Intervals hold for all groups together"
          checked={search.together === true}
          onChange={(event) => choose({ together: event.currentTarget.checked || undefined })}
        />
        {selected.undetected > 0 && (
          <Checkbox
            size="xs"
            className={styles['by']}
            label={`Leave out ${formatCount(selected.undetected)} images in which it found no face`}
            checked={search.undetected === 'excluded'}
            onChange={(event) => choose({ undetected: event.currentTarget.checked ? 'excluded' : undefined })}
          />
        )}
      </div>
    </Panel>
  )
}
