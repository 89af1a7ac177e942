import * as z from 'zod'
import { sharedKind } from '#shared/contract/identity.contract.ts'

export const sharedTask = z.object({
  /** Path of the catalogue's database file. */
  catalogue: z.string(),
})

export const sharedAnswer = z.object({
  origins: z.array(z.object({ dataset: z.string(), part: z.string().nullable(), images: z.int() })),
  groups: z.array(z.object({ kind: sharedKind, images: z.array(z.int()), origins: z.array(z.int()) })),
})
