import {
  ActionIcon,
  Button,
  Checkbox,
  Modal,
  NativeSelect,
  NumberInput,
  SegmentedControl,
  TextInput,
} from '@mantine/core'
import { IconPlus, IconX } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { pluralise } from '#renderer/components/format.ts'
import { ErrorState } from '#renderer/components/states.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import type { TrainConfigInput } from '#shared/contract/train-config.contract.ts'
import type { TrainDraft, TrainField } from './fields/train-field.ts'
import {
  emptySweepForm,
  findSweepable,
  isNumeric,
  listOptions,
  makeAxis,
  readSweep,
  type SweepAxis,
  type SweepForm,
} from './sweep-view.ts'
import styles from './sweep.module.css'

export interface SweepDialogProps {
  readonly isOpen: boolean
  /** What all its runs share. */
  readonly base: TrainConfigInput
  readonly draft: TrainDraft
  readonly onClose: () => void
  readonly onStarted: (sweepId: number) => void
}

/** Several runs of the form's settings in which some fields vary. */
export function SweepDialog({ isOpen, onClose, ...rest }: SweepDialogProps) {
  return (
    <Modal opened={isOpen} onClose={onClose} title="Sweep" size="lg">
      <SweepFormPanel {...rest} onClose={onClose} />
    </Modal>
  )
}

function SweepFormPanel({ base, draft, onClose, onStarted }: Omit<SweepDialogProps, 'isOpen'>) {
  const api = useApi()
  const [form, setForm] = useState<SweepForm>(emptySweepForm)
  const fields = useMemo(() => findSweepable(draft), [draft])
  const reading = readSweep(form, draft)
  const start = useMutation(
    api.run.sweep.mutationOptions({
      onSuccess: ({ sweepId }) => {
        onClose()
        onStarted(sweepId)
      },
    }),
  )
  const change = (part: Partial<SweepForm>) => setForm((before) => ({ ...before, ...part }))
  const changeAxis = (key: number, part: Partial<SweepAxis>) =>
    change({ axes: form.axes.map((axis) => (axis.key === key ? { ...axis, ...part } : axis)) })
  const submit = (event: React.FormEvent) => {
    event.preventDefault()
    // The dialog stands inside the form of a single run in React's tree.
    event.stopPropagation()
    const name = form.name.trim()
    if (reading.ok) start.mutate({ base, plan: reading.plan, ...(name === '' ? {} : { name }) })
  }
  return (
    <form className={styles['form']} onSubmit={submit} aria-label="New sweep" noValidate>
      <p className={styles['lead']}>
        Every run has the settings of the form; the fields below vary. The runs wait in the queue and train
        one after the other.
      </p>
      <div className={styles['top']}>
        <SegmentedControl
          aria-label="Kind of sweep"
          value={form.kind}
          onChange={(kind) => change({ kind: kind === 'random' ? 'random' : 'grid' })}
          data={[
            { value: 'grid', label: 'Grid: every combination' },
            { value: 'random', label: 'Random draws' },
          ]}
        />
        {form.kind === 'random' && (
          <>
            <CountField label="Draws" value={form.draws} onChange={(draws) => change({ draws })} />
            <CountField label="Seed of the draws" value={form.seed} onChange={(seed) => change({ seed })} />
          </>
        )}
      </div>
      {form.axes.map((axis) => (
        <AxisRow
          key={axis.key}
          axis={axis}
          fields={fields}
          canDraw={form.kind === 'random'}
          onChange={(part) => changeAxis(axis.key, part)}
          onRemove={() => change({ axes: form.axes.filter(({ key }) => key !== axis.key) })}
        />
      ))}
      <Button
        variant="default"
        size="compact-xs"
        className={styles['add']}
        leftSection={<IconPlus size={12} aria-hidden />}
        onClick={() => change({ axes: [...form.axes, nextAxis(form, fields)] })}
      >
        Vary another field
      </Button>
      <TextInput
        label="Name (optional)"
        value={form.name}
        onChange={(event) => change({ name: event.currentTarget.value })}
      />
      {start.error !== null && <ErrorState error={start.error} compact />}
      <div className={styles['foot']}>
        <output data-wrong={!reading.ok || undefined}>
          {reading.ok ? pluralise(reading.runs, 'run') : reading.problem}
        </output>
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" disabled={!reading.ok} loading={start.isPending}>
          Start sweep
        </Button>
      </div>
    </form>
  )
}

function nextAxis(form: SweepForm, fields: readonly TrainField[]): SweepAxis {
  const used = new Set(form.axes.map(({ path }) => path))
  const free = fields.find(({ path }) => !used.has(path))
  const key = Math.max(0, ...form.axes.map((axis) => axis.key)) + 1
  return makeAxis(key, free?.path ?? 'seed')
}

interface AxisRowProps {
  readonly axis: SweepAxis
  readonly fields: readonly TrainField[]
  readonly canDraw: boolean
  readonly onChange: (part: Partial<SweepAxis>) => void
  readonly onRemove: () => void
}

function AxisRow({ axis, fields, canDraw, onChange, onRemove }: AxisRowProps) {
  const field = fields.find(({ path }) => path === axis.path)
  const title = field?.title ?? axis.path
  return (
    <fieldset className={styles['axis']}>
      <legend>{title}</legend>
      <NativeSelect
        label="Field"
        value={axis.path}
        data={fields.map((one) => ({ value: one.path, label: one.title }))}
        onChange={(event) => onChange({ path: event.currentTarget.value, words: [], text: '' })}
      />
      {isNumeric(field) ? (
        <NumberAxis axis={axis} title={title} canDraw={canDraw} onChange={onChange} />
      ) : (
        <Checkbox.Group label="Values" value={[...axis.words]} onChange={(words) => onChange({ words })}>
          <div className={styles['checks']}>
            {listOptions(field).map((option) => (
              <Checkbox key={option.value} value={option.value} label={option.label} />
            ))}
          </div>
        </Checkbox.Group>
      )}
      <ActionIcon className={styles['remove']} aria-label={`Leave out ${title}`} onClick={onRemove}>
        <IconX size={14} aria-hidden />
      </ActionIcon>
    </fieldset>
  )
}

type NumberAxisProps = Pick<AxisRowProps, 'axis' | 'canDraw' | 'onChange'> & { readonly title: string }

function NumberAxis({ axis, title, canDraw, onChange }: NumberAxisProps) {
  const drawsRange = canDraw && axis.isRange
  return (
    <div className={styles['numbers']}>
      {drawsRange ? (
        <>
          <CountField label="From" value={axis.low} onChange={(low) => onChange({ low })} />
          <CountField label="To" value={axis.high} onChange={(high) => onChange({ high })} />
          <NativeSelect
            label="Drawn"
            value={axis.scale}
            data={[
              { value: 'log', label: 'By exponent' },
              { value: 'linear', label: 'Evenly' },
            ]}
            onChange={(event) => onChange({ scale: event.currentTarget.value === 'log' ? 'log' : 'linear' })}
          />
        </>
      ) : (
        <TextInput
          label="Values"
          placeholder="0.001, 0.002"
          aria-label={`Values of ${title}`}
          value={axis.text}
          onChange={(event) => onChange({ text: event.currentTarget.value })}
        />
      )}
      {canDraw && (
        <Checkbox
          label="Between two bounds"
          checked={axis.isRange}
          onChange={(event) => onChange({ isRange: event.currentTarget.checked })}
        />
      )}
    </div>
  )
}

interface CountFieldProps {
  readonly label: string
  readonly value: number | ''
  readonly onChange: (value: number | '') => void
}

function CountField({ label, value, onChange }: CountFieldProps) {
  return (
    <NumberInput
      label={label}
      min={0}
      value={value}
      onChange={(next) => onChange(next === '' ? '' : Number(next))}
    />
  )
}
