import { useState } from 'react'
import type { FindingGroup } from '#shared/contract/check.contract.ts'
import { tasks, type Task } from '#shared/domain/tasks.ts'
import { FormDialog } from '#renderer/components/form-dialog.tsx'
import { formatCategory } from '#renderer/components/format.ts'
import { Quiet } from '#renderer/components/quiet.tsx'
import { RadioChoice } from '#renderer/components/radio-choice.tsx'
import { taskTitles } from '#renderer/components/task-words.ts'
import { describeAnswers, describeSuggestion } from './group-words.ts'

export type TakenLabels = Partial<Record<Task, string | null>>

export interface LabelChoiceDialogProps {
  readonly group: FindingGroup
  readonly onTake: (labels: TakenLabels) => void
  readonly onClose: () => void
}

/** No label is empty, so that this stands for taking it away. */
const noLabel = ''

/** Of each label that differs among copies, the one that the copy which stays shall carry. */
export function LabelChoiceDialog({ group, onTake, onClose }: LabelChoiceDialogProps) {
  const [chosen, setChosen] = useState<Partial<Record<Task, string>>>({})
  const { conflict, answers, suggestedLabels } = group
  const differing = tasks.filter((task) => conflict?.[task] !== undefined)
  const isComplete = differing.every((task) => chosen[task] !== undefined)
  return (
    <FormDialog
      title="Take each label from one of the copies"
      submitTitle="Keep one copy with these labels"
      isDisabled={!isComplete}
      onSubmit={() => {
        if (!isComplete) return
        const taken = differing.map((task) => [task, chosen[task] === noLabel ? null : chosen[task]])
        onTake(Object.fromEntries(taken))
      }}
      onClose={onClose}
    >
      {differing.map((task, place) => (
        <RadioChoice
          key={task}
          label={taskTitles[task]}
          value={chosen[task] ?? null}
          onChange={(value) => setChosen({ ...chosen, [task]: value })}
          options={[
            ...(conflict?.[task] ?? []).map((label) => ({
              value: label,
              label: `${formatCategory(label)} (${describeCarriers(group, task, label)})`,
            })),
            { value: noLabel, label: 'None of them: take the label away' },
          ]}
          focused={place === 0 ? conflict?.[task]?.[0] : undefined}
        >
          <Quiet>
            {describeAnswers(answers[task])} {describeSuggestion(suggestedLabels[task])}
          </Quiet>
        </RadioChoice>
      ))}
    </FormDialog>
  )
}

/** "number 1 and 3" */
function describeCarriers({ members }: FindingGroup, task: Task, label: string): string {
  const places = members.flatMap(({ tile }, place) => {
    const age = [tile.ageYears === null ? null : String(tile.ageYears), tile.ageBin]
    const own = task === 'age' ? age : [tile[task]]
    return own.includes(label) ? [String(place + 1)] : []
  })
  return `number ${places.join(' and ')}`
}
