import { AppError } from '#shared/contract/errors.ts'
import type { CrossResult } from '#shared/contract/fairness.contract.ts'
import { tasks } from '#shared/domain/tasks.ts'
import type { CrossService } from './cross.service.ts'

/** Parts that a model did not learn from: of a test part there is something only where it was opened. */
const parts = ['val', 'test'] as const

/** Every task and part in which a model was evaluated on a split that it did not learn by; of others there is nothing to say. */
export async function gatherCrossings(crossing: Pick<CrossService, 'cross'>): Promise<CrossResult[]> {
  const found: CrossResult[] = []
  for (const part of parts) {
    for (const task of tasks) {
      const result = await tryCross(crossing, { task, part })
      if (result?.cells.some(({ isOwn }) => !isOwn) === true) found.push(result)
    }
  }
  return found
}

/** Null where no model was evaluated. */
async function tryCross(
  crossing: Pick<CrossService, 'cross'>,
  asked: Pick<CrossResult, 'task' | 'part'>,
): Promise<CrossResult | null> {
  try {
    return await crossing.cross({ ...asked, by: ['race'], confidence: 0.95 })
  } catch (error) {
    if (error instanceof AppError && error.code === 'PRECONDITION') return null
    throw error
  }
}
