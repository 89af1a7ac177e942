import { useState, type Dispatch } from 'react'
import type { DecisionOutcome } from '#shared/contract/decision.contract.ts'
import { showFailure } from '#renderer/components/notices.ts'
import {
  imagesLeft,
  imagesOfTarget,
  type DecisionOrder,
  type SeenImage,
} from '#renderer/decisions/decision-order.ts'
import type { Deciding, Step } from '#renderer/decisions/use-decide.ts'
import { useEngineLine } from '#renderer/engine/engine-context.tsx'
import type { SessionEvent } from './review-session.ts'
import type { Queue } from './use-queue.ts'

export interface QueueDecisions {
  readonly decide: (order: DecisionOrder) => void
  readonly undo: () => void
  readonly redo: () => void
  /** Tells of a decision that was made elsewhere on the screen. */
  readonly report: (outcome: DecisionOutcome) => void
  /** The last thing that was done, for the status line. */
  readonly message: string
}

export interface QueueDecisionsOptions {
  readonly queue: Pick<Queue, 'check' | 'entries' | 'leave' | 'goToPlace'>
  readonly deciding: Deciding
  readonly dispatch: Dispatch<SessionEvent>
}

/** Decisions in a queue: it moves on at once, and what the engine refuses comes back. */
export function useQueueDecisions({ queue, deciding, dispatch }: QueueDecisionsOptions): QueueDecisions {
  const { client } = useEngineLine()
  const [message, setMessage] = useState('')

  const report = (outcome: DecisionOutcome) => {
    const standing = imagesLeft(outcome)
    if (standing.length > 0) dispatch({ type: 'refused', images: standing })
    setMessage(outcome.title)
  }
  const leave = (images: readonly SeenImage[]) => {
    dispatch({ type: 'decided', images })
    queue.leave(new Set(images.map(({ imageId }) => imageId)))
  }
  const comeBack = async ({ outcome, images }: Step) => {
    report(outcome)
    dispatch({ type: 'reopened', images })
    const [first] = images
    if (first === undefined) return
    const { findings } = await client.finding.ofImage({ imageId: first.imageId })
    const score = findings.find(({ check }) => check === queue.check)?.score
    if (score !== undefined) queue.goToPlace({ imageId: first.imageId, score, isPassed: false })
  }
  const goAgain = ({ outcome, images }: Step) => {
    report(outcome)
    const ids = new Set(images.map(({ imageId }) => imageId))
    const again = queue.entries.filter(({ finding }) => ids.has(finding.tile.id))
    leave(again.map(({ finding }) => ({ imageId: finding.tile.id, revision: finding.revision })))
  }

  return {
    decide: (order) => {
      const images = imagesOfTarget(order.target)
      if (!isMark(order)) leave(images)
      deciding.decide(order, {
        onDone: (outcome) => {
          report(outcome)
          const { actId, unchanged } = outcome
          if (isMark(order) && actId !== null && unchanged === 0) {
            const marked = images.map(({ imageId }) => ({ imageId, revision: actId }))
            dispatch({ type: 'reopened', images: marked })
          }
        },
        onFail: (error) => {
          dispatch({ type: 'refused', images })
          showFailure(error)
        },
      })
    },
    undo: () => deciding.undo({ onDone: comeBack }),
    redo: () => deciding.redo({ onDone: goAgain }),
    report,
    message,
  }
}

/** A mark leaves the image in view; so does reopening it. */
function isMark({ action }: DecisionOrder): boolean {
  return action === 'suspect' || action === 'clear-suspect' || action === 'restore'
}
