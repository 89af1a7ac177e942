import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { DecisionOutcome } from '#shared/contract/decision.contract.ts'
import type { ImageFilter } from '#shared/contract/image.contract.ts'
import type { FindingGroupCounts } from '#shared/contract/check.contract.ts'
import { checks, type CheckId } from '#shared/domain/checks.ts'
import { FormDialog } from '#renderer/components/form-dialog.tsx'
import { pluralise } from '#renderer/components/format.ts'
import { RadioChoice } from '#renderer/components/radio-choice.tsx'
import type { DecisionOrder } from '#renderer/decisions/decision-order.ts'
import { NoteField, readNote } from '#renderer/decisions/note-field.tsx'
import type { Deciding } from '#renderer/decisions/use-decide.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { openFilter } from './curate-search.ts'

export interface CopiesDialogProps {
  readonly check: CheckId
  /** What the queue is narrowed to. */
  readonly filter: ImageFilter
  readonly deciding: Deciding
  readonly onDone: (outcome: DecisionOutcome) => void
  readonly onClose: () => void
}

/** One decision for every group of copies; none loses its last copy by it. */
export function CopiesDialog({ check, filter, deciding, onDone, onClose }: CopiesDialogProps) {
  const api = useApi()
  const [chosen, setChosen] = useState<'suggested' | 'all' | null>(null)
  const [note, setNote] = useState('')
  const [refusal, setRefusal] = useState<unknown>(null)
  const query = openFilter(check, filter)
  const counted = useQuery(api.finding.countGroups.queryOptions({ input: { check, filter } }))
  const facets = useQuery(api.image.facets.queryOptions({ input: { filter: query } }))
  const counts = counted.data
  const undecided = facets.data?.total
  const agreeing = counts?.agreeing ?? 0
  const what = chosen ?? (agreeing > 0 ? 'suggested' : 'all')
  const order: Omit<DecisionOrder, 'note'> =
    what === 'suggested'
      ? { action: 'remove', check, target: { check, groups: 'suggested', filter, expectedGroups: agreeing } }
      : { action: 'keep', check, target: { query, expectedCount: undecided ?? 0 } }
  const isEmpty = what === 'suggested' ? agreeing === 0 : (undecided ?? 0) === 0
  // Only what can be sent can have the focus, and Enter shall send it.
  if (counts === undefined && counted.error === null) return null
  return (
    <FormDialog
      title={`Decide all of ${checks[check].title}`}
      error={counted.error ?? facets.error ?? refusal}
      submitTitle={
        what === 'suggested'
          ? `Keep ${pluralise(agreeing, 'copy', 'copies')}, remove ${pluralise(counts?.leaving ?? 0, 'image')}`
          : `Keep ${pluralise(undecided ?? 0, 'image')}`
      }
      isBusy={deciding.isBusy}
      isDisabled={counts === undefined || isEmpty}
      isSubmitFirst
      onSubmit={() => {
        setRefusal(null)
        deciding.decide({ ...order, ...readNote(note) }, { onDone, onFail: setRefusal })
      }}
      onClose={onClose}
    >
      {counts !== undefined && <p>{describeCounts(counts)}</p>}
      <RadioChoice
        label="Decision"
        value={what}
        onChange={setChosen}
        options={[
          {
            value: 'suggested',
            label: 'Keep the suggested copy of every group that agrees, remove the others',
            isDisabled: agreeing === 0,
          },
          { value: 'all', label: 'Keep all copies of all groups' },
        ]}
      />
      <NoteField note={note} onChange={setNote} />
    </FormDialog>
  )
}

function describeCounts({ groups, agreeing, conflicting }: FindingGroupCounts): string {
  const left = groups - agreeing - conflicting
  return [
    `${pluralise(groups, 'group')} of copies ${groups === 1 ? 'is' : 'are'} open. In ${agreeing} the labels agree, and one copy of each is suggested.`,
    ...(conflicting > 0
      ? [
          `In ${conflicting} the labels differ: nothing is suggested there, and they stay to be decided one by one.`,
        ]
      : []),
    ...(left > 0 ? [`In ${left} no copy carries all the labels: these stay too.`] : []),
    'One undo takes it all back; images that have been decided before stay as they are.',
  ].join(' ')
}
