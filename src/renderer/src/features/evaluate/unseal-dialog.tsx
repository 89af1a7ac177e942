import { Textarea, TextInput } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { FormDialog } from '#renderer/components/form-dialog.tsx'
import { HashText } from '#renderer/components/hash-text.tsx'
import { useTestPart } from '#renderer/components/seal-note.tsx'
import { StatList } from '#renderer/components/stat-list.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import type { ModelSummary } from '#shared/contract/model.contract.ts'
import type { SplitSummary } from '#shared/contract/split.contract.ts'
import { countTimes, formatCount } from '#shared/domain/format.ts'
import styles from './evaluate.module.css'

export interface UnsealDialogProps {
  readonly model: ModelSummary
  readonly split: SplitSummary
  readonly arithmetic: 'float32' | 'bf16'
  readonly onClose: () => void
}

/** The ceremony: which model, why, who, and what it means. Nothing is filled in. */
export function UnsealDialog({ model, split, arithmetic, onClose }: UnsealDialogProps) {
  const api = useApi()
  const [reason, setReason] = useState('')
  const [by, setBy] = useState('')
  const open = useMutation(api.evaluation.create.mutationOptions())
  const isDone = open.data !== undefined
  const submit = (): void => {
    const unseal = { reason: reason.trim(), by: by.trim() }
    open.mutate({ modelId: model.id, splitId: split.splitId, part: 'test', arithmetic, unseal })
  }
  return (
    <FormDialog
      title="Open the test part"
      size="lg"
      submitTitle="Open and evaluate"
      closeTitle={isDone ? 'Close' : 'Cancel'}
      isBusy={open.isPending}
      isDisabled={isDone || reason.trim() === '' || by.trim() === ''}
      error={open.error}
      message={isDone ? 'Opened, and recorded.' : undefined}
      onSubmit={submit}
      onClose={onClose}
    >
      {!isDone && <Opened model={model} split={split} />}
      {isDone ? (
        <NewHead />
      ) : (
        <>
          <section className={styles['meaning']} aria-label="What it means">
            <strong>What it means.</strong> A line with your name and your reason is added to the ledger of
            this project before anything is computed. It can never be taken back, also where the evaluation
            fails. Every figure of these pictures says from then on how often they were opened, and figures
            after the first opening are too good for whoever learned from it. While choices are still to be
            made, evaluate on the validation part.
          </section>
          <Textarea
            label="Why is it opened?"
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            required
            autosize
            minRows={2}
            maxLength={2000}
          />
          <TextInput
            label="Who opens it?"
            value={by}
            onChange={(event) => setBy(event.currentTarget.value)}
            required
            maxLength={200}
          />
        </>
      )}
    </FormDialog>
  )
}

function Opened({ model, split }: Pick<UnsealDialogProps, 'model' | 'split'>) {
  const api = useApi()
  const part = useTestPart(split.splitId)
  const standings = useQuery(api.leakage.standings.queryOptions())
  const standing = standings.data?.find((one) => one.splitId === split.splitId)
  const total = (part?.openings.length ?? 0) + (part?.elsewhere ?? 0)
  return (
    <StatList
      stats={[
        { term: 'Model', value: model.name },
        { term: 'Weights', value: <HashText hash={model.weightsSha256} of="the weights" /> },
        { term: 'Split', value: split.name },
        { term: 'SHA-256 of the split', value: <HashText hash={split.hash} of="the split" /> },
        { term: 'Test images', value: formatCount(part?.images ?? split.parts.test.images) },
        { term: 'Opened before', value: total === 0 ? 'never' : countTimes(total) },
        { term: 'Leakage certificate', value: standing?.state ?? 'none' },
      ]}
    />
  )
}

/** To be kept where whoever can change the project cannot reach it. */
function NewHead() {
  const api = useApi()
  const head = useQuery({ ...api.ledger.head.queryOptions(), staleTime: 0 })
  if (head.data === undefined) return null
  return (
    <div className={styles['head']}>
      <span>
        The ledger ends on line {formatCount(head.data.n)}. Keep its SHA-256 outside of this project: it shows
        later that no line was changed or taken away.
      </span>
      <code className={styles['hash']}>{head.data.sha256}</code>
      <HashText hash={head.data.sha256} of="the last line of the ledger" />
    </div>
  )
}
