import { availableParallelism } from 'node:os'
import * as z from 'zod'
import { AppError } from '#shared/contract/errors.ts'

const limit = z.coerce.number().int().min(1)

/**
 * How many threads may compute at once: one for each processor that this process may use, or fewer where the environment
 * says so, as on a machine that others need too.
 * @throws AppError INVALID_INPUT for a limit that is no whole number from 1
 */
export function countThreads(env: NodeJS.ProcessEnv, processors = availableParallelism()): number {
  const asked = env['EVENHAND_THREADS']
  if (asked === undefined || asked === '') return processors
  const { success, data } = limit.safeParse(asked)
  if (success) return Math.min(data, processors)
  throw new AppError(
    'INVALID_INPUT',
    `EVENHAND_THREADS is ${JSON.stringify(asked)}, but must be a whole number from 1. Set it right, or leave it out to use all ${processors} processors.`,
  )
}
