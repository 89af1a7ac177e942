import { NativeSelect } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { DecisionOutcome } from '#shared/contract/decision.contract.ts'
import type { ImageFilter } from '#shared/contract/image.contract.ts'
import { checks, reasonOfCheck, type CheckId } from '#shared/domain/checks.ts'
import { removeReasonCodes, removeReasons } from '#shared/domain/decision-words.ts'
import { FormDialog } from '#renderer/components/form-dialog.tsx'
import { pluralise } from '#renderer/components/format.ts'
import { RadioChoice } from '#renderer/components/radio-choice.tsx'
import { NoteField, readNote } from '#renderer/decisions/note-field.tsx'
import type { Deciding } from '#renderer/decisions/use-decide.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { openFilter } from './curate-search.ts'

export interface BulkDialogProps {
  readonly check: CheckId
  /** What the queue is narrowed to. */
  readonly filter: ImageFilter
  readonly deciding: Deciding
  readonly onDone: (outcome: DecisionOutcome) => void
  readonly onClose: () => void
}

/** One decision for everything that a check flags and nobody has decided; earlier decisions are never touched. */
export function BulkDialog({ check, filter, deciding, onDone, onClose }: BulkDialogProps) {
  const api = useApi()
  const [action, setAction] = useState<'keep' | 'remove'>('keep')
  const [reason, setReason] = useState(reasonOfCheck(check))
  const [note, setNote] = useState('')
  const query = openFilter(check, filter)
  const facets = useQuery(api.image.facets.queryOptions({ input: { filter: query } }))
  const [refusal, setRefusal] = useState<unknown>(null)
  const count = facets.data?.total
  const failure = facets.error ?? refusal
  const submit = () => {
    if (count === undefined || count === 0) return
    setRefusal(null)
    deciding.decide(
      {
        target: { query, expectedCount: count },
        action,
        check,
        ...(action === 'remove' ? { reason } : {}),
        ...readNote(note),
      },
      { onDone, onFail: setRefusal },
    )
  }
  return (
    <FormDialog
      title={`Decide all of ${checks[check].title}`}
      error={failure}
      submitTitle={`${action === 'keep' ? 'Keep' : 'Remove'} ${count === undefined ? '' : pluralise(count, 'image')}`}
      isBusy={deciding.isBusy}
      isDisabled={count === undefined || count === 0}
      onSubmit={submit}
      onClose={onClose}
    >
      <p>
        {count === undefined
          ? 'Counting.'
          : `${pluralise(count, 'image')} ${count === 1 ? 'is' : 'are'} open in this queue. One undo takes the decision back for all of them; images that have been decided before stay as they are.`}
      </p>
      <RadioChoice
        label="Decision"
        value={action}
        onChange={setAction}
        options={[
          { value: 'keep', label: 'Keep them' },
          { value: 'remove', label: 'Remove them' },
        ]}
        focused="keep"
        isInRow
      />
      {action === 'remove' && (
        <NativeSelect
          label="Reason"
          value={reason}
          onChange={(event) => {
            const { value } = event.currentTarget
            setReason(removeReasonCodes.find((code) => code === value) ?? reason)
          }}
          data={removeReasonCodes.map((code) => ({ value: code, label: removeReasons[code] }))}
        />
      )}
      <NoteField note={note} onChange={setNote} />
    </FormDialog>
  )
}
