import * as z from 'zod'
import { identityFacts, identityProposal } from '#shared/contract/identity.contract.ts'

/** A change of what the same descriptors, labels and acts give needs a new number. */
export const inferVersion = 2

const pair = z.tuple([z.int(), z.int()])

export const inferTask = z.object({
  /** Path of the catalogue's database file. */
  catalogue: z.string(),
  spaceId: z.int(),
  /** Pairs of images that people said are not of one person. Whom they said to be one is joined over whatever clusters come out. */
  apart: z.array(pair),
  /** Images that people said show no face. */
  faceless: z.array(z.int()),
})
export type InferTask = z.infer<typeof inferTask>

export const inferProgress = z.object({ phase: z.string(), done: z.int(), total: z.int() })

const numbers = z.custom<Float64Array>((value) => value instanceof Float64Array)
export const newProposal = identityProposal.omit({ proposalId: true })
export type NewProposal = z.infer<typeof newProposal>

export const inferAnswer = z.object({
  /** `[images]` ascending, and the smallest image of the cluster of each. */
  imageIds: numbers,
  clusterIds: numbers,
  proposals: z.array(newProposal),
  facts: identityFacts.omit({ space: true, revision: true, version: true, said: true }),
})
export type InferAnswer = z.infer<typeof inferAnswer>
