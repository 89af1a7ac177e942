import { ActionIcon, Checkbox, NativeSelect, NumberInput, Switch, TextInput } from '@mantine/core'
import { IconArrowBackUp } from '@tabler/icons-react'
import { FileField } from '#renderer/components/file-field.tsx'
import { OvertakenNote } from '#renderer/components/overtaken-note.tsx'
import { tasksForReading, taskTitles } from '#renderer/components/task-words.ts'
import type { RunDetail } from '#shared/contract/run.contract.ts'
import type { SplitSummary } from '#shared/contract/split.contract.ts'
import { formatChoice } from './config-words.ts'
import { textOf, type FieldControl, type FieldValue, type TrainField } from './fields/train-field.ts'
import { OversamplingField } from './oversampling-field.tsx'
import styles from './train-form.module.css'

export interface FieldContext {
  readonly splits: readonly SplitSummary[]
  /** The labels of the chosen split, once known. */
  readonly labels: RunDetail['labels'] | null
}

export interface FieldProps {
  readonly field: TrainField
  readonly value: FieldValue
  /** The value before the change, where there was one. */
  readonly changedFrom: FieldValue | undefined
  readonly problem: string | undefined
  readonly context: FieldContext
  readonly onChange: (value: FieldValue) => void
  readonly onReset: () => void
}

/** One choice with its help; what differs from the preset is marked and can be put back. */
export function Field(props: FieldProps) {
  const { field, changedFrom, onReset } = props
  return (
    <div className={styles['field']} data-changed={changedFrom !== undefined || undefined}>
      <Control {...props} />
      {changedFrom !== undefined && (
        <ActionIcon
          className={styles['reset']}
          size={20}
          aria-label={`Reset ${field.title} to ${formatChoice(field.path, changedFrom)}`}
          title={`Changed from ${formatChoice(field.path, changedFrom)}; reset`}
          onClick={onReset}
        >
          <IconArrowBackUp size={14} aria-hidden />
        </ActionIcon>
      )}
    </div>
  )
}

function readNumber(value: number | string): number | '' {
  return typeof value === 'string' && value.trim() === '' ? '' : Number(value)
}

function Control({ field, value, problem, context, onChange }: FieldProps) {
  const { control } = field
  const common = { label: field.title, description: field.help, error: problem }
  switch (control.kind) {
    case 'choice':
      return (
        <NativeSelect
          {...common}
          value={textOf(value)}
          data={[...control.options]}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      )
    case 'number':
      return (
        <NumberInput
          {...common}
          value={typeof value === 'number' ? value : ''}
          step={control.step}
          min={0}
          allowDecimal={!control.isWhole}
          onChange={(next) => onChange(readNumber(next))}
        />
      )
    case 'optional-number':
      return (
        <OptionalNumber field={field} control={control} value={value} problem={problem} onChange={onChange} />
      )
    case 'switch':
      return (
        <Switch
          {...common}
          checked={value === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      )
    case 'text':
      return (
        <TextInput
          {...common}
          value={textOf(value)}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      )
    case 'split':
      return <SplitChoice {...common} value={value} splits={context.splits} onChange={onChange} />
    case 'tasks':
      return (
        <Checkbox.Group {...common} value={readWords(value)} onChange={onChange}>
          <div className={styles['checks']}>
            {tasksForReading.map((task) => (
              <Checkbox key={task} value={task} label={taskTitles[task]} />
            ))}
          </div>
        </Checkbox.Group>
      )
    case 'weights-file':
      return <WeightsFile field={field} value={textOf(value)} problem={problem} onChange={onChange} />
    case 'oversampling':
      return <OversamplingField {...common} value={value} labels={context.labels} onChange={onChange} />
    default:
      return control satisfies never
  }
}

interface SplitChoiceProps extends Pick<FieldProps, 'value' | 'onChange'> {
  readonly label: string
  readonly description: string
  readonly error: string | undefined
  readonly splits: readonly SplitSummary[]
}

function SplitChoice({ value, splits, onChange, ...common }: SplitChoiceProps) {
  const chosen = splits.find(({ splitId }) => splitId === value)
  return (
    <div>
      <NativeSelect
        {...common}
        value={typeof value === 'number' ? String(value) : ''}
        onChange={(event) => onChange(Number(event.currentTarget.value) || null)}
        data={[
          ...(value === null ? [{ value: '', label: 'Choose a split' }] : []),
          ...splits.map((split) => ({ value: String(split.splitId), label: split.name })),
        ]}
      />
      {chosen !== undefined && (
        <div className={styles['overtaken']}>
          <OvertakenNote
            key={chosen.splitId}
            split={chosen}
            use={{ title: 'Train on the new split', run: onChange }}
          />
        </div>
      )}
    </div>
  )
}

function readWords(value: FieldValue): string[] {
  return Array.isArray(value) ? value.filter((word) => typeof word === 'string') : []
}

interface OptionalNumberProps extends Pick<FieldProps, 'field' | 'value' | 'problem' | 'onChange'> {
  readonly control: Extract<FieldControl, { kind: 'optional-number' }>
}

function OptionalNumber({ field, control, value, problem, onChange }: OptionalNumberProps) {
  return (
    <div>
      <Checkbox
        label={field.title}
        description={field.help}
        checked={value !== null}
        onChange={(event) => onChange(event.currentTarget.checked ? control.start : null)}
      />
      {value !== null && (
        <NumberInput
          className={styles['optional']}
          aria-label={`${field.title}, value`}
          error={problem}
          value={typeof value === 'number' ? value : ''}
          step={control.step}
          min={0}
          allowDecimal={!control.isWhole}
          onChange={(next) => onChange(readNumber(next))}
        />
      )}
    </div>
  )
}

const weightsExtensions = ['safetensors', 'pth', 'pt', 'onnx']

interface WeightsFileProps extends Pick<FieldProps, 'field' | 'problem' | 'onChange'> {
  readonly value: string
}

function WeightsFile({ field, value, problem, onChange }: WeightsFileProps) {
  const isFile = value !== 'random'
  return (
    <div>
      <NativeSelect
        label={field.title}
        description={field.help}
        value={isFile ? 'file' : 'random'}
        onChange={(event) => onChange(event.currentTarget.value === 'file' ? '' : 'random')}
        data={[
          { value: 'random', label: 'Random (He initialisation)' },
          { value: 'file', label: 'From a file' },
        ]}
      />
      {isFile && (
        <div className={styles['path']}>
          <FileField
            label="Weights file"
            description="Its full path on the machine that trains."
            extensions={weightsExtensions}
            error={problem}
            value={value}
            onChange={onChange}
          />
        </div>
      )}
    </div>
  )
}
