import { NumberInput } from '@mantine/core'
import { useState } from 'react'
import type { Task } from '#shared/domain/tasks.ts'
import { formatCategory } from '#renderer/components/format.ts'
import { taskTitles } from '#renderer/components/task-words.ts'
import { ActionButtons } from '#renderer/decisions/action-buttons.tsx'
import styles from './label-picker.module.css'

export interface LabelPickerProps {
  readonly task: Task
  readonly labels: readonly string[]
  readonly current: string | null
  readonly onPick: (label: string) => void
  /** Null for the task whose digits always work. */
  readonly onClose: (() => void) | null
}

/** Labels on the digits. */
export function LabelPicker({ task, labels, current, onPick, onClose }: LabelPickerProps) {
  return (
    <fieldset className={styles['picker']} aria-label={`${taskTitles[task]} labels`}>
      <span className={styles['title']}>{taskTitles[task]}</span>
      <ActionButtons
        actions={labels.map((label, place) => ({
          title: formatCategory(label),
          chord: String(place + 1),
          isChosen: label === current,
          run: () => onPick(label),
        }))}
      />
      {task === 'age' && <YearsField onPick={onPick} />}
      {onClose !== null && <ActionButtons actions={[{ title: 'Back', chord: 'escape', run: onClose }]} />}
    </fieldset>
  )
}

/** Exact years, where somebody knows them: they give the bin as well. */
function YearsField({ onPick }: Pick<LabelPickerProps, 'onPick'>) {
  const [years, setYears] = useState<string | number>('')
  return (
    <form
      className={styles['years']}
      onSubmit={(event) => {
        event.preventDefault()
        if (typeof years === 'number') onPick(String(years))
      }}
    >
      <NumberInput
        aria-label="Age in years"
        placeholder="or years"
        min={0}
        max={120}
        hideControls
        value={years}
        onChange={setYears}
      />
    </form>
  )
}
