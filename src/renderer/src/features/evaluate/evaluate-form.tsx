import { Button, NativeSelect, Radio } from '@mantine/core'
import { IconLock } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ErrorState } from '#renderer/components/states.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import type { ModelSummary } from '#shared/contract/model.contract.ts'
import { partName, type PartName, type SplitSummary } from '#shared/contract/split.contract.ts'
import { SealNote } from '#renderer/components/seal-note.tsx'
import { UnsealDialog } from './unseal-dialog.tsx'
import styles from './evaluate.module.css'

export interface EvaluateFormProps {
  readonly models: readonly ModelSummary[]
  readonly splits: readonly SplitSummary[]
}

/** Both lists newest first. */
export function EvaluateForm({ models, splits }: EvaluateFormProps) {
  const api = useApi()
  const [modelId, setModelId] = useState(models[0]?.id)
  const [splitId, setSplitId] = useState<SplitSummary['splitId']>()
  const [part, setPart] = useState<PartName>('val')
  const [arithmetic, setArithmetic] = useState<'float32' | 'bf16'>('float32')
  const [isOpening, setIsOpening] = useState(false)
  const create = useMutation(api.evaluation.create.mutationOptions())
  const model = models.find((one) => one.id === modelId)
  const runId = model?.runId ?? null
  const run = useQuery({
    ...api.run.get.queryOptions({ input: { runId: runId ?? 0 } }),
    enabled: runId !== null && splitId === undefined,
  })
  const split = splits.find((one) => one.splitId === (splitId ?? run.data?.config.splitId))
  const isTest = part === 'test'
  const submit = (event: React.FormEvent) => {
    event.preventDefault()
    if (isTest) setIsOpening(true)
    else if (modelId !== undefined) {
      create.mutate({ modelId, part, arithmetic, ...(splitId === undefined ? {} : { splitId }) })
    }
  }
  return (
    <form className={styles['form']} onSubmit={submit} aria-label="New evaluation">
      <NativeSelect
        label="Model"
        value={modelId}
        onChange={(event) =>
          setModelId(models.find((one) => one.id === Number(event.currentTarget.value))?.id)
        }
        data={models.map((one) => ({ value: String(one.id), label: one.name }))}
      />
      <NativeSelect
        label="Split"
        value={splitId ?? ''}
        onChange={(event) =>
          setSplitId(splits.find((one) => one.splitId === Number(event.currentTarget.value))?.splitId)
        }
        data={[
          { value: '', label: "The model's own split" },
          ...splits.map((one) => ({ value: String(one.splitId), label: one.name })),
        ]}
      />
      <Radio.Group
        label="Part"
        value={part}
        onChange={(value) => setPart(partName.catch('val').parse(value))}
      >
        <div className={styles['parts']}>
          <Radio size="xs" value="val" label="Validation" />
          <Radio size="xs" value="train" label="Train (optimistic: the model has seen it)" />
          <Radio size="xs" value="test" label="Test" aria-describedby="sealed-note" />
        </div>
      </Radio.Group>
      <p className={styles['sealed']} id="sealed-note">
        <IconLock size={14} aria-hidden /> Test results are sealed; opening is recorded.
      </p>
      {split !== undefined && <SealNote splitId={split.splitId} />}
      <NativeSelect
        label="Arithmetic"
        description={
          arithmetic === 'bf16'
            ? 'Answers in float32 too, and tells by group how many differ.'
            : 'What every figure is in unless it says otherwise.'
        }
        value={arithmetic}
        onChange={(event) => setArithmetic(event.currentTarget.value === 'bf16' ? 'bf16' : 'float32')}
        data={[
          { value: 'float32', label: 'float32' },
          { value: 'bf16', label: 'bf16, by oneDNN' },
        ]}
      />
      {create.error !== null && <ErrorState error={create.error} compact />}
      <Button
        type="submit"
        loading={create.isPending}
        disabled={modelId === undefined || (isTest && split === undefined)}
      >
        {isTest ? 'Open the test part…' : 'Evaluate'}
      </Button>
      {isOpening && model !== undefined && split !== undefined && (
        <UnsealDialog
          model={model}
          split={split}
          arithmetic={arithmetic}
          onClose={() => setIsOpening(false)}
        />
      )}
    </form>
  )
}
