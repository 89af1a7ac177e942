import * as z from 'zod'
import { sha256 } from '#shared/contract/base.contract.ts'

/** What the thread is asked that reads and writes whole files. */
export const eraseTask = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('compact'), catalogue: z.string() }),
  /** Which of these files hold one of these hashes as text. */
  z.object({ kind: z.literal('search'), files: z.array(z.string()), hashes: z.array(sha256) }),
  /** Which tables below the project's folder name one of these. */
  z.object({ kind: z.literal('tables'), project: z.string(), names: z.array(z.string()) }),
])
export type EraseTask = z.infer<typeof eraseTask>

export const foundFiles = z.array(z.string())
