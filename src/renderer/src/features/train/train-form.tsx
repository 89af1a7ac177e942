import { Button, Checkbox, Fieldset, NativeSelect, NumberInput, TextInput } from '@mantine/core'
import { IconPlayerPlay } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { ErrorState } from '#renderer/components/states.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import type { RunId } from '#shared/contract/base.contract.ts'
import type { SplitSummary } from '#shared/contract/split.contract.ts'
import { toTrainRequest, type TrainForm } from './train-form-view.ts'
import styles from './train.module.css'

export interface TrainFormProps {
  readonly splits: readonly SplitSummary[]
  readonly initial: TrainForm
  readonly onStarted: (runId: RunId) => void
}

const archData = [
  { value: 'resnet18', label: 'ResNet-18, 11.2 M weights' },
  { value: 'resnet34', label: 'ResNet-34, 21.3 M weights' },
]
const scheduleData = [
  { value: 'one-cycle', label: 'One cycle: up, then down' },
  { value: 'cosine', label: 'Cosine: down from the start' },
  { value: 'constant', label: 'Constant' },
]

export function TrainFormPanel({ splits, initial, onStarted }: TrainFormProps) {
  const api = useApi()
  const [form, setForm] = useState(initial)
  const change = (part: Partial<TrainForm>) => setForm((before) => ({ ...before, ...part }))
  const start = useMutation(api.run.start.mutationOptions({ onSuccess: ({ runId }) => onStarted(runId) }))
  const request = toTrainRequest(form)
  const submit = (event: React.FormEvent) => {
    event.preventDefault()
    if (request.ok) start.mutate(request.config)
  }
  return (
    <form className={styles['form']} onSubmit={submit} aria-label="New training run">
      <Fieldset legend="Model" p={12}>
        <NativeSelect
          label="Backbone"
          value={form.arch}
          onChange={(event) =>
            change({ arch: event.currentTarget.value === 'resnet34' ? 'resnet34' : 'resnet18' })
          }
          data={archData}
        />
        <NumberField
          label="Input size"
          description="Pixels a side, a multiple of 32. Twice the size takes four times as long."
          value={form.inputSize}
          step={32}
          onChange={(inputSize) => change({ inputSize })}
        />
      </Fieldset>
      <Fieldset legend="Data" p={12}>
        <NativeSelect
          label="Split"
          value={form.splitId ?? ''}
          onChange={(event) => change({ splitId: Number(event.currentTarget.value) || null })}
          data={[
            ...(form.splitId === null ? [{ value: '', label: 'Choose a split' }] : []),
            ...splits.map((split) => ({ value: String(split.splitId), label: split.name })),
          ]}
        />
        <div className={styles['checks']}>
          <Checkbox
            label="Random flips"
            checked={form.flip}
            onChange={(event) => change({ flip: event.currentTarget.checked })}
          />
          <Checkbox
            label="Random crops"
            checked={form.crop}
            onChange={(event) => change({ crop: event.currentTarget.checked })}
          />
        </div>
      </Fieldset>
      <Fieldset legend="Optimisation" p={12}>
        <div className={styles['pair']}>
          <NumberField label="Epochs" value={form.epochs} onChange={(epochs) => change({ epochs })} />
          <NumberField
            label="Batch size"
            value={form.batchSize}
            onChange={(batchSize) => change({ batchSize })}
          />
          <NumberField
            label="Learning rate"
            value={form.learningRate}
            step={0.0005}
            isDecimal
            onChange={(learningRate) => change({ learningRate })}
          />
          <NumberField
            label="Weight decay"
            value={form.weightDecay}
            step={0.001}
            isDecimal
            onChange={(weightDecay) => change({ weightDecay })}
          />
        </div>
        <NativeSelect
          label="Schedule of the learning rate"
          value={form.schedule}
          onChange={(event) => {
            const value = event.currentTarget.value
            change({ schedule: value === 'cosine' || value === 'constant' ? value : 'one-cycle' })
          }}
          data={scheduleData}
        />
      </Fieldset>
      <Fieldset legend="Run" p={12}>
        <NumberField
          label="Seed"
          description="The same seed and settings give the same weights."
          value={form.seed}
          onChange={(seed) => change({ seed })}
        />
        <TextInput
          label="Name (optional)"
          value={form.name}
          onChange={(event) => change({ name: event.currentTarget.value })}
        />
      </Fieldset>
      {start.error !== null && <ErrorState error={start.error} compact />}
      <div className={styles['formFoot']}>
        <output>{request.ok ? '' : request.problem}</output>
        <Button
          type="submit"
          leftSection={<IconPlayerPlay size={14} aria-hidden />}
          disabled={!request.ok}
          loading={start.isPending}
        >
          Start training
        </Button>
      </div>
    </form>
  )
}

interface NumberFieldProps {
  readonly label: string
  readonly description?: string
  readonly value: number
  readonly step?: number
  readonly isDecimal?: boolean
  readonly onChange: (value: number) => void
}

function NumberField({ label, description, value, step = 1, isDecimal = false, onChange }: NumberFieldProps) {
  return (
    <NumberInput
      label={label}
      description={description}
      value={value}
      step={step}
      min={0}
      allowDecimal={isDecimal}
      onChange={(next) => onChange(Number(next))}
    />
  )
}
