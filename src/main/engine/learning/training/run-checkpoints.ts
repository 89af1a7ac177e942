import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { AppError } from '#shared/contract/errors.ts'
import { epochRecord, type EpochRecord } from '#shared/contract/run.contract.ts'
import { writeFileAtomically } from '#engine/base/kernel/atomic-file.ts'
import { assertUnchanged } from '#engine/base/integrity/refuse-changed.ts'
import { hashCanonical } from '#engine/base/kernel/hash.ts'
import { mapSystemError, readSystemErrorCode } from '#engine/base/kernel/system-error.ts'
import {
  encodeSafetensors,
  readSafetensors,
  type SafetensorsFile,
} from '#engine/networks/weights/safetensors.ts'
import { trainingProgress, type TrainingProgress } from './training-progress.ts'
import type { OptimiserState, StateDict } from '#engine/networks/architecture/training-engine.ts'

export interface Checkpoint {
  readonly weights: StateDict
  readonly optimiser: OptimiserState
  readonly progress: TrainingProgress
}

export interface BestWeights {
  readonly weights: StateDict
  /** The epoch that they come from; null in files of older versions. */
  readonly record: EpochRecord | null
}

/** How a run came to a loss that is no number: the same steps from its checkpoint would lead there again. */
const divergence = z.strictObject({
  configHash: z.string(),
  message: z.string(),
  /** SHA-256 of the rest as canonical JSON; not in files of older versions. */
  sha256: z.string().exactOptional(),
})

/** 1 held AdamW's moments alone and named no version; 2 holds those of every optimiser, and averaged weights. */
const checkpointVersion = 2

/** What an optimiser holds is named by kind, as `m/conv1.weight`; names of weights have no slash. */
const isOptimiserState = (name: string): boolean => name.includes('/')

/** Tensors with a value that is no number, or none. */
function findBroken(tensors: StateDict): string | undefined {
  for (const [name, { data }] of tensors) {
    // A sum meets every NaN and infinity and is several times faster than asking each value.
    let sum = 0
    for (let at = 0; at < data.length; at++) sum += Math.abs(data[at] ?? 0)
    if (!Number.isFinite(sum)) return name
  }
  return undefined
}

/** Weights that are no longer numbers; the loop explains them as it does a loss. */
export class BrokenWeightsError extends Error {
  override readonly name = 'BrokenWeightsError'
}

function checkFinite(tensors: StateDict): void {
  const broken = findBroken(tensors)
  if (broken !== undefined) throw new BrokenWeightsError(`${broken} has a value that is no number`)
}

/**
 * A run's weights on disk. Each file is replaced as a whole, so a process killed at any moment leaves the
 * previous one; weights that are not finite are refused before they replace good ones.
 */
export class RunCheckpoints {
  readonly lastFile: string
  readonly bestFile: string
  readonly #runFolder: string
  readonly #configHash: string

  constructor(runFolder: string, configHash: string) {
    this.lastFile = join(runFolder, 'last.safetensors')
    this.bestFile = join(runFolder, 'best.safetensors')
    this.#runFolder = runFolder
    this.#configHash = configHash
  }

  /** Weights, moments and progress in one file, so that they can never disagree. */
  async saveLast({ weights, optimiser, progress }: Checkpoint): Promise<void> {
    checkFinite(weights)
    const metadata = {
      'evenhand.checkpoint_version': String(checkpointVersion),
      'evenhand.config_hash': this.#configHash,
      'evenhand.optimiser_step': String(optimiser.step),
      'evenhand.progress': JSON.stringify(progress),
    }
    const tensors = new Map([...weights, ...optimiser.moments])
    await this.#write(this.lastFile, encodeSafetensors(tensors, { metadata, isSealed: true }))
  }

  /** @param weights As the model is made of. */
  async saveBest(weights: StateDict, record: EpochRecord): Promise<void> {
    await this.#saveModel(this.bestFile, { weights, record })
  }

  /** Keeps the model of an epoch for good, as `epochs/<n>.safetensors`. */
  async saveEpoch(weights: StateDict, record: EpochRecord): Promise<void> {
    const file = join(this.#runFolder, 'epochs', `${record.epoch}.safetensors`)
    await this.#saveModel(file, { weights, record })
  }

  /**
   * The state to go on from, or null before the first checkpoint.
   * @throws AppError CONFLICT when it is another run's, PRECONDITION when a newer version of Evenhand wrote it.
   */
  async loadLast(): Promise<Checkpoint | null> {
    const file = await this.#read(this.lastFile)
    if (file === null) return null
    const { tensors, metadata } = file
    const entries = [...tensors]
    return {
      weights: new Map(entries.filter(([name]) => !isOptimiserState(name))),
      optimiser: {
        step: Number(metadata['evenhand.optimiser_step']),
        moments: new Map(entries.filter(([name]) => isOptimiserState(name))),
      },
      progress: trainingProgress.parse(JSON.parse(metadata['evenhand.progress'] ?? 'null')),
    }
  }

  /** The best epoch's weights; throws PRECONDITION before there are any. */
  async loadBest(): Promise<BestWeights> {
    const file = await this.#read(this.bestFile)
    if (file === null) {
      throw new AppError(
        'PRECONDITION',
        `The run has no best epoch: ${this.bestFile} is missing. Resume the run, or train again.`,
      )
    }
    const record = file.metadata['evenhand.epoch_record']
    return {
      weights: file.tensors,
      record: record === undefined ? null : epochRecord.parse(JSON.parse(record)),
    }
  }

  /** Removes what only a run that goes on needs: weights with moments, about three times the model. */
  async discardLast(): Promise<void> {
    await rm(this.lastFile, { force: true })
  }

  /** Keeps how the run ended, so that resuming it says so instead of computing the same steps again. */
  async saveDivergence(message: string): Promise<void> {
    const content = { configHash: this.#configHash, message }
    const told: z.infer<typeof divergence> = { ...content, sha256: hashCanonical(content) }
    await writeFileAtomically(this.#divergenceFile, `${JSON.stringify(told, null, 2)}\n`)
  }

  /** What was told when the loss was no longer a number; null where that did not happen. */
  async loadDivergence(): Promise<string | null> {
    const bytes = await readOptional(this.#divergenceFile)
    if (bytes === null) return null
    const { configHash, message } = parseDivergence(bytes, this.#divergenceFile)
    return configHash === this.#configHash ? message : null
  }

  get #divergenceFile(): string {
    return join(this.#runFolder, 'diverged.json')
  }

  async #saveModel(path: string, { weights, record }: { weights: StateDict; record: EpochRecord }) {
    checkFinite(weights)
    const metadata = {
      'evenhand.config_hash': this.#configHash,
      'evenhand.epoch': String(record.epoch),
      'evenhand.epoch_record': JSON.stringify(record),
    }
    await this.#write(path, encodeSafetensors(weights, { metadata, isSealed: true }))
  }

  async #write(path: string, parts: readonly Uint8Array[]): Promise<void> {
    try {
      await writeFileAtomically(path, parts)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      const { code, message, details } = error
      throw new AppError(
        code,
        `${message} The checkpoint before it is kept: resume the run to go on from it.`,
        {
          details,
          cause: error,
        },
      )
    }
  }

  async #read(path: string): Promise<SafetensorsFile | null> {
    const bytes = await readOptional(path)
    if (bytes === null) return null
    const file = readSafetensors(bytes, path)
    if (file.metadata['evenhand.config_hash'] !== this.#configHash)
      throw new AppError('CONFLICT', `${path} belongs to a run with another configuration. Start a new run.`)
    const version = Number(file.metadata['evenhand.checkpoint_version'] ?? 1)
    if (version <= checkpointVersion) return file
    throw new AppError(
      'PRECONDITION',
      `${path} was written by a newer version of Evenhand (checkpoints of version ${version}, while this one knows ` +
        `them up to ${checkpointVersion}). Resume the run with that version, or start a new run.`,
      { details: { path, version } },
    )
  }
}

/** @throws AppError CONFLICT for a file that is not what was written */
export function parseDivergence(
  bytes: Buffer,
  file: string,
): { readonly configHash: string; readonly message: string; readonly isSealed: boolean } {
  const advice = 'Start a new run.'
  let stored: z.infer<typeof divergence>
  try {
    stored = divergence.parse(JSON.parse(bytes.toString('utf8')))
  } catch (cause) {
    throw new AppError('CONFLICT', `${file} is not what was stored: it is damaged. ${advice}`, {
      details: { reason: 'CHANGED', subject: file },
      cause,
    })
  }
  const { sha256: expected, ...content } = stored
  if (expected !== undefined)
    assertUnchanged({ subject: file, expected, found: hashCanonical(content), advice })
  return { ...content, isSealed: expected !== undefined }
}

async function readOptional(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path)
  } catch (error) {
    if (readSystemErrorCode(error) === 'ENOENT') return null
    throw mapSystemError(error, { action: 'read', path })
  }
}
