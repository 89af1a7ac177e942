import { Button, Group } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type * as z from 'zod'
import type { decisionRequest, DecisionOutcome } from '#shared/contract/decision.contract.ts'
import { describeError } from '#renderer/components/error-text.ts'
import { pluralise } from '#renderer/components/format.ts'
import { useApi, useEngineLine } from '#renderer/engine/engine-context.tsx'

type DecisionOrder = z.input<typeof decisionRequest>
export type Choice = Pick<DecisionOrder, 'action' | 'reason' | 'note' | 'task' | 'value'>
export type DecisionTarget = DecisionOrder['target']

const closeButtonProps = { 'aria-label': 'Close the notice' }

/** As many conflicts are told one by one; the others by their number. */
const toldConflicts = 3

function describeConflicts({ conflicts, conflictCount }: DecisionOutcome): string {
  const told = conflicts.slice(0, toldConflicts).map(({ imageId, message }) => `Image ${imageId}: ${message}`)
  const others = conflictCount - told.length
  return [...told, ...(others > 0 ? [`${pluralise(others, 'more image')} likewise.`] : [])].join(' ')
}

/** Decisions on images of the catalogue, with a notice that can take them back. */
export function useDecide({ onDone }: { readonly onDone: () => void }) {
  const api = useApi()
  const { client } = useEngineLine()
  const queryClient = useQueryClient()

  const refresh = () =>
    Promise.all(
      [api.image.key(), api.finding.key(), api.check.key(), api.decision.key()].map((queryKey) =>
        queryClient.invalidateQueries({ queryKey }),
      ),
    )
  const fail = (error: unknown) => {
    const text = describeError(error)
    notifications.show({
      color: 'red',
      title: text.title,
      message: text.message,
      autoClose: false,
      closeButtonProps,
    })
    void refresh()
  }
  const tell = (outcome: DecisionOutcome, kind: 'decide' | 'undo' | 'redo') => {
    void refresh()
    const { actId, title, conflictCount } = outcome
    if (conflictCount > 0)
      notifications.show({
        color: 'yellow',
        title: `${pluralise(conflictCount, 'image')} left as ${conflictCount === 1 ? 'it is' : 'they are'}`,
        message: describeConflicts(outcome),
        autoClose: false,
        closeButtonProps,
      })
    if (actId === null) return
    const id = `act-${actId}`
    notifications.show({
      id,
      title,
      closeButtonProps,
      message:
        kind === 'decide' ? (
          <Group gap="xs">
            <Button
              size="compact-xs"
              variant="default"
              onClick={() => {
                notifications.hide(id)
                step.mutate('undo')
              }}
            >
              Undo
            </Button>
          </Group>
        ) : null,
    })
  }
  // One call after the other, so that an undo never overtakes what it is to take back.
  const scope = { id: 'decisions' }
  const step = useMutation({
    scope,
    mutationFn: (kind: 'undo' | 'redo') =>
      kind === 'undo' ? client.decision.undo({}) : client.decision.redo({}),
    onSuccess: tell,
    onError: fail,
  })
  const decide = useMutation({
    scope,
    mutationFn: (order: DecisionOrder) => client.decision.decide(order),
    onSuccess: (outcome) => {
      tell(outcome, 'decide')
      onDone()
    },
    onError: fail,
  })
  return {
    isBusy: decide.isPending || step.isPending,
    decide: (target: DecisionTarget, choice: Choice) => decide.mutate({ target, ...choice }),
    undo: () => step.mutate('undo'),
    redo: () => step.mutate('redo'),
  }
}
