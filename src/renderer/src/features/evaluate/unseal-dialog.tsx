import { Textarea, TextInput } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { FormDialog } from '#renderer/components/form-dialog.tsx'
import { HashText } from '#renderer/components/hash-text.tsx'
import { StatList } from '#renderer/components/stat-list.tsx'
import { ErrorState } from '#renderer/components/states.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import type { CertificateStanding } from '#shared/contract/leakage.contract.ts'
import type { TestPart } from '#shared/contract/ledger.contract.ts'
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
  const ledger = useQuery(api.ledger.show.queryOptions())
  const standings = useQuery(api.leakage.standings.queryOptions())
  const isKnown = ledger.data !== undefined && standings.data !== undefined
  const failure = isKnown ? null : (ledger.error ?? standings.error)
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
      isDisabled={isDone || !isKnown || reason.trim() === '' || by.trim() === ''}
      error={open.error}
      message={isDone ? 'Opened, and recorded.' : undefined}
      onSubmit={submit}
      onClose={onClose}
    >
      {!isDone && (
        <Opened
          model={model}
          split={split}
          testParts={ledger.data?.testParts}
          standings={standings.data}
          unknown={failure === null ? '…' : 'not known'}
        />
      )}
      {failure !== null && <ErrorState error={failure} compact />}
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

interface OpenedProps extends Pick<UnsealDialogProps, 'model' | 'split'> {
  /** Undefined while they are not known, as the standings of certificates. */
  readonly testParts: readonly TestPart[] | undefined
  readonly standings: readonly CertificateStanding[] | undefined
  /** What stands in the place of what is not known. */
  readonly unknown: string
}

function Opened({ model, split, testParts, standings, unknown }: OpenedProps) {
  const part = testParts?.find((one) => one.splitId === split.splitId)
  const standing = standings?.find((one) => one.splitId === split.splitId)
  const certificate = standings === undefined ? unknown : (standing?.state ?? 'none')
  const total = (part?.openings.length ?? 0) + (part?.elsewhere ?? 0)
  const before = total === 0 ? 'never' : countTimes(total)
  return (
    <StatList
      stats={[
        { term: 'Model', value: model.name },
        { term: 'Weights', value: <HashText hash={model.weightsSha256} of="the weights" /> },
        { term: 'Split', value: split.name },
        { term: 'SHA-256 of the split', value: <HashText hash={split.hash} of="the split" /> },
        { term: 'Test images', value: formatCount(part?.images ?? split.parts.test.images) },
        { term: 'Opened before', value: testParts === undefined ? unknown : before },
        { term: 'Leakage certificate', value: certificate },
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
