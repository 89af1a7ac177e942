import { NumberInput, UnstyledButton } from '@mantine/core'
import { useState } from 'react'
import type { Task } from '#shared/domain/tasks.ts'
import { formatCategory } from '#renderer/components/format.ts'
import { taskTitles } from '#renderer/components/task-words.ts'
import { formatChord } from './keys/chord.ts'
import styles from './curate.module.css'

export interface ActionButton {
  readonly title: string
  /** As stored; null for an action without a key. */
  readonly chord: string | null
  readonly run: () => void
  readonly isDisabled?: boolean
  readonly tone?: 'danger'
}

/** What can be done now, each with its key. */
export function ActionButtons({ actions }: { readonly actions: readonly ActionButton[] }) {
  return actions.map(({ title, chord, run, isDisabled, tone }) => (
    <UnstyledButton
      key={title}
      className={styles['action']}
      data-tone={tone}
      disabled={isDisabled === true}
      onClick={run}
    >
      {chord !== null && <kbd>{formatChord(chord)}</kbd>}
      {title}
    </UnstyledButton>
  ))
}

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
      <span className={styles['pickerTitle']}>{taskTitles[task]}</span>
      {labels.map((label, place) => (
        <UnstyledButton
          key={label}
          className={styles['action']}
          aria-pressed={label === current}
          onClick={() => onPick(label)}
        >
          <kbd>{place + 1}</kbd>
          {formatCategory(label)}
        </UnstyledButton>
      ))}
      {task === 'age' && <YearsField onPick={onPick} />}
      {onClose !== null && (
        <UnstyledButton className={styles['action']} onClick={onClose}>
          <kbd>Esc</kbd>
          Back
        </UnstyledButton>
      )}
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
