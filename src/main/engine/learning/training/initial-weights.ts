import { join } from 'node:path'
import { readFile } from 'node:fs/promises'
import * as z from 'zod'
import { bundledInit } from '#shared/domain/architectures.ts'
import { sha256 } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { mapSystemError } from '#engine/base/kernel/system-error.ts'
import { foldRecognition } from '#engine/networks/faces/recognition-network.ts'
import { readNetworkWeights } from '#engine/networks/faces/weight-files.ts'
import { matchWeights, weightReport, type MatchedWeights } from '#engine/networks/weights/match-weights.ts'
import { loadWeightBytes, parseWeightFile } from '#engine/networks/weights/read-weight-file.ts'
import { createRefuse } from '#engine/networks/weights/weight-file.ts'
import { initialiseNetwork } from '#engine/networks/architecture/initialise-network.ts'
import type { NetworkSpec, StateDict } from '#engine/networks/architecture/training-engine.ts'

/** What the engine asks of a weights worker. */
export const inspectWeightsTask = z.object({
  file: z.string(),
  network: z.object({
    arch: z.enum(['resnet18', 'resnet34', 'face-resnet']),
    inputSize: z.int(),
    heads: z.array(z.object({ task: z.enum(['age', 'gender', 'race']), classes: z.int() })),
  }),
})
export type InspectWeightsTask = z.infer<typeof inspectWeightsTask>

/** What was found in a weights file, as `runs/<id>/init.json` keeps it. */
export const inspectedWeights = z.strictObject({ file: z.string(), sha256, report: weightReport })
export type InspectedWeights = z.infer<typeof inspectedWeights>

export const locateInspectedWeights = (runFolder: string): string => join(runFolder, 'init.json')

async function readWeights(
  file: string,
  network: NetworkSpec,
): Promise<MatchedWeights & { readonly sha256: string }> {
  const bytes = await loadWeightBytes(file)
  const matched = matchWeights(network, parseWeightFile(bytes, file, network.arch), createRefuse(file))
  return { ...matched, sha256: hashBytes(bytes) }
}

/** Reads a weights file as a run would, and tells what it found. Blocks the thread, so it belongs in a worker. */
export async function inspectWeights({ file, network }: InspectWeightsTask): Promise<InspectedWeights> {
  const { report, sha256: hash } = await readWeights(file, network)
  return { file, sha256: hash, report }
}

async function readInspected(runFolder: string): Promise<InspectedWeights> {
  const path = locateInspectedWeights(runFolder)
  try {
    return inspectedWeights.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch (error) {
    throw mapSystemError(error, { action: 'read', path })
  }
}

interface InitialWeightsOptions {
  readonly init: string
  readonly seed: number
  readonly runFolder: string
  /** Where a head in years begins; null where no age is known. */
  readonly ageMean: number | null
}

/**
 * The weights a run starts from: random by its seed, those that come with this version, or those of its weights file, with
 * random ones for every head that they do not bear in the right shape.
 * @throws AppError INVALID_INPUT naming the file and what is wrong with it, PRECONDITION when it is no longer the
 *   file that was looked at when the run was made.
 */
export async function loadInitialWeights(
  network: NetworkSpec,
  { init, seed, runFolder, ageMean }: InitialWeightsOptions,
): Promise<StateDict> {
  const random = initialiseNetwork(network, seed, ageMean === null ? {} : { ageMean })
  if (init === 'random') return random
  if (init === bundledInit)
    return new Map([...random, ...foldRecognition(await readNetworkWeights('face_recognition'))])
  const inspected = await readInspected(runFolder)
  const { weights, sha256: hash } = await readWeights(init, network)
  if (hash !== inspected.sha256) {
    throw new AppError(
      'PRECONDITION',
      `${init} has changed since the run was made. Put the old file back, or start a new run.`,
      { details: { file: init, expected: inspected.sha256, found: hash } },
    )
  }
  return new Map([...random, ...weights])
}
