import { useMutation } from '@tanstack/react-query'
import { useRef, useState, type Dispatch } from 'react'
import type * as z from 'zod'
import type { decisionRequest, DecisionOutcome, HistoryEntry } from '#shared/contract/decision.contract.ts'
import { useEngineLine } from '#renderer/engine/engine-context.tsx'
import { useConflictNotices } from './conflict-notice.tsx'
import type { SeenImage, SessionEvent } from './review-session.ts'
import type { Queue } from './use-queue.ts'

export type DecisionOrder = z.input<typeof decisionRequest>
/** What is decided, without the images. */
export type Choice = Pick<DecisionOrder, 'action' | 'reason' | 'note' | 'task' | 'value'>

export interface Decisions {
  /** @param images What the order is about, as this window shows them. */
  readonly decide: (order: DecisionOrder, images: readonly SeenImage[]) => void
  readonly undo: () => void
  readonly redo: () => void
  /** Tells of a decision that was made elsewhere on the screen. */
  readonly report: (outcome: DecisionOutcome) => void
  /** The last thing that was done, for the status line. */
  readonly message: string
}

export interface DecisionsOptions {
  readonly queue: Pick<Queue, 'check' | 'entries' | 'leave' | 'goToPlace'>
  readonly dispatch: Dispatch<SessionEvent>
}

/** Decisions as they are made: the queue moves on at once, and what the engine refuses comes back with a notice. */
export function useDecisions({ queue, dispatch }: DecisionsOptions): Decisions {
  const { client } = useEngineLine()
  const { showConflicts, showFailure } = useConflictNotices()
  const [message, setMessage] = useState('')
  // Revisions by this window's own acts, which an order that waits for them must be sent with.
  const newest = useRef(new Map<number, number>())
  // One call after the other, so that an undo never overtakes what it is to take back.
  const scope = { id: 'decisions' }

  const settle = (outcome: DecisionOutcome, images: readonly SeenImage[]) => {
    const refused = new Set<number>(outcome.conflicts.map(({ imageId }) => imageId))
    for (const { imageId } of images) {
      if (outcome.actId !== null && !refused.has(imageId)) newest.current.set(imageId, outcome.actId)
    }
    const standing = outcome.conflicts.flatMap(({ imageId, revision }) =>
      revision === null ? [] : [{ imageId, revision }],
    )
    if (standing.length > 0) dispatch({ type: 'refused', images: standing })
    setMessage(outcome.title)
    showConflicts(outcome)
  }

  const decideCall = useMutation({
    scope,
    mutationFn: ({ order }: Decision) => client.decision.decide(withNewest(order, newest.current)),
    onSuccess: (outcome, { images, order }) => {
      settle(outcome, images)
      const { actId } = outcome
      if (isMark(order) && actId !== null) {
        dispatch({ type: 'reopened', images: images.map(({ imageId }) => ({ imageId, revision: actId })) })
      }
    },
    onError: (error, { images }) => {
      dispatch({ type: 'refused', images })
      showFailure(error)
    },
  })

  const step = async (kind: 'undo' | 'redo') => {
    const outcome = await (kind === 'undo' ? client.decision.undo({}) : client.decision.redo({}))
    const { items } = await client.decision.history({ limit: 1 })
    const images = imagesOf(items.find(({ actId }) => actId === outcome.actId))
    const [first] = images
    if (kind === 'redo' || first === undefined) return { outcome, images, place: null }
    const { findings } = await client.finding.ofImage({ imageId: first.imageId })
    const score = findings.find(({ check }) => check === queue.check)?.score
    return { outcome, images, place: score === undefined ? null : { imageId: first.imageId, score } }
  }
  const stepCall = useMutation({
    scope,
    mutationFn: step,
    onSuccess: ({ outcome, images, place }, kind) => {
      settle(outcome, images)
      if (kind === 'undo') {
        dispatch({ type: 'reopened', images })
        if (place !== null) queue.goToPlace(place)
        return
      }
      const ids = new Set(images.map(({ imageId }) => imageId))
      const again = queue.entries.filter(({ finding }) => ids.has(finding.tile.id))
      dispatch({
        type: 'decided',
        images: again.map(({ finding }) => ({ imageId: finding.tile.id, revision: finding.revision })),
      })
      queue.leave(ids)
    },
    onError: showFailure,
  })

  return {
    decide: (order, images) => {
      if (!isMark(order)) {
        dispatch({ type: 'decided', images })
        queue.leave(new Set(images.map(({ imageId }) => imageId)))
      }
      decideCall.mutate({ order, images })
    },
    undo: () => stepCall.mutate('undo'),
    redo: () => stepCall.mutate('redo'),
    report: (outcome) => settle(outcome, []),
    message,
  }
}

interface Decision {
  readonly order: DecisionOrder
  readonly images: readonly SeenImage[]
}

function withNewest(order: DecisionOrder, newest: ReadonlyMap<number, number>): DecisionOrder {
  if (!('images' in order.target)) return order
  const images = order.target.images.map(({ imageId, revision }) => ({
    imageId,
    revision: Math.max(revision, newest.get(imageId) ?? 0),
  }))
  return { ...order, target: { images } }
}

/** A mark leaves the image in its queue. */
function isMark({ action }: DecisionOrder): boolean {
  return action === 'suspect' || action === 'clear-suspect'
}

function imagesOf(entry: HistoryEntry | undefined): SeenImage[] {
  if (entry === undefined) return []
  const ids = new Set<number>(entry.changes.map(({ imageId }) => imageId))
  return [...ids].map((imageId) => ({ imageId, revision: entry.actId }))
}
