import { useMutation } from '@tanstack/react-query'
import { useRef } from 'react'
import type { ActId, DecisionOutcome } from '#shared/contract/decision.contract.ts'
import { showFailure } from '#renderer/components/notices.ts'
import { useEngineLine, useHost } from '#renderer/engine/engine-context.tsx'
import { showConflicts } from './decision-notices.tsx'
import {
  imagesOfAct,
  imagesOfTarget,
  withNewest,
  type DecisionOrder,
  type SeenImage,
} from './decision-order.ts'

/** What a screen does once the engine has answered; conflicts are told by then. */
export interface Followers<Answer> {
  readonly onDone?: (answer: Answer) => void | Promise<void>
  /** Without it a notice tells the failure. */
  readonly onFail?: (error: unknown) => void
}

export interface Step {
  readonly outcome: DecisionOutcome
  /** What was changed, as it stands now. */
  readonly images: readonly SeenImage[]
}

export interface StepOptions extends Followers<Step> {
  /** Takes this act back, or none where another one came after it. */
  readonly actId?: ActId
}

export interface Deciding {
  readonly decide: (order: DecisionOrder, followers?: Followers<DecisionOutcome>) => void
  readonly undo: (options?: StepOptions) => void
  readonly redo: (options?: StepOptions) => void
  /** Whether the engine is asked. */
  readonly isBusy: boolean
}

interface DecideCall {
  readonly order: DecisionOrder
  readonly followers: Followers<DecisionOutcome>
}

interface StepCall {
  readonly kind: 'undo' | 'redo'
  readonly options: StepOptions
}

/** Decisions of one screen on images, in the order in which they were made. */
export function useDecide(): Deciding {
  const { client } = useEngineLine()
  const host = useHost()
  // Revisions by this window's own acts, which an order that waits for them must be sent with.
  const newest = useRef(new Map<number, number>())
  // One call after the other, so that an undo never overtakes what it is to take back.
  const scope = { id: 'decisions' }

  const settle = (outcome: DecisionOutcome, images: readonly SeenImage[]) => {
    const { actId, unchanged, conflicts } = outcome
    showConflicts(outcome, host)
    // Which of several stood so already is not told, and those keep their revision.
    if (actId === null || unchanged > 0) return
    const refused = new Set<number>(conflicts.map(({ imageId }) => imageId))
    for (const { imageId } of images) if (!refused.has(imageId)) newest.current.set(imageId, actId)
  }

  const decideCall = useMutation({
    scope,
    mutationFn: ({ order }: DecideCall) => client.decision.decide(withNewest(order, newest.current)),
    onSuccess: (outcome, { order, followers }) => {
      settle(outcome, imagesOfTarget(order.target))
      return followers.onDone?.(outcome)
    },
    onError: (error, { followers }) => (followers.onFail ?? showFailure)(error),
  })

  const stepCall = useMutation({
    scope,
    mutationFn: async ({ kind, options: { actId } }: StepCall): Promise<Step> => {
      const outcome = await client.decision[kind](actId === undefined ? {} : { actId })
      const { items } = await client.decision.history({ limit: 1 })
      const entry = items.find((item) => item.actId === outcome.actId)
      return { outcome, images: entry === undefined ? [] : imagesOfAct(entry) }
    },
    onSuccess: (step, { options }) => {
      settle({ ...step.outcome, unchanged: 0 }, step.images)
      return options.onDone?.(step)
    },
    onError: (error, { options }) => (options.onFail ?? showFailure)(error),
  })

  return {
    decide: (order, followers = {}) => decideCall.mutate({ order, followers }),
    undo: (options = {}) => stepCall.mutate({ kind: 'undo', options }),
    redo: (options = {}) => stepCall.mutate({ kind: 'redo', options }),
    isBusy: decideCall.isPending || stepCall.isPending,
  }
}
