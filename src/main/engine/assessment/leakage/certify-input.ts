import * as z from 'zod'
import { splitId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'

/** What the job is asked for. */
export const certifyInput = z.object({
  splitId,
  threshold: z.number().optional(),
  /** Measures all of it anew and compares; makes no certificate. */
  isCheck: z.boolean(),
  /** Who asked for it. */
  by: z.string(),
})
export type CertifyInput = z.infer<typeof certifyInput>

export const notCertified = (split: number): AppError =>
  new AppError(
    'PRECONDITION',
    `Split ${split} has no leakage certificate yet. Make one: evenhand split certify ${split}`,
    { details: { splitId: split } },
  )

export const unreadable = (split: number): AppError =>
  new AppError(
    'PRECONDITION',
    `The record of the leakage certificate of split ${split} was changed outside Evenhand and cannot be read any more. Make another: evenhand split certify ${split}`,
    { details: { splitId: split } },
  )
