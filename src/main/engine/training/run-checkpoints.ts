import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '#shared/contract/errors.ts'
import { writeFileAtomically } from '#engine/kernel/atomic-file.ts'
import { mapSystemError } from '#engine/kernel/system-error.ts'
import { readSafetensors, writeSafetensors, type SafetensorsFile } from '#engine/models/safetensors.ts'
import { trainingProgress, type TrainingProgress } from './training-progress.ts'
import type { OptimiserState, StateDict } from './training-engine.ts'

export interface Checkpoint {
  readonly weights: StateDict
  readonly optimiser: OptimiserState
  readonly progress: TrainingProgress
}

const isMoment = (name: string): boolean => name.startsWith('m/') || name.startsWith('v/')

function checkFinite(tensors: StateDict): void {
  for (const [name, { data }] of tensors) {
    // A sum meets every NaN and infinity and is several times faster than asking each value.
    const sum = data.reduce((total, value) => total + Math.abs(value), 0)
    if (Number.isFinite(sum)) continue
    throw new AppError(
      'PRECONDITION',
      `The weights ${name} are no longer numbers. The last checkpoint is kept. Start a new run with a smaller learning rate.`,
      { details: { tensor: name } },
    )
  }
}

/**
 * A run's weights on disk. Each file is replaced as a whole, so a process killed at any moment leaves the
 * previous one; weights that are not finite are refused before they replace good ones.
 */
export class RunCheckpoints {
  readonly lastFile: string
  readonly bestFile: string
  readonly #configHash: string

  constructor(runFolder: string, configHash: string) {
    this.lastFile = join(runFolder, 'last.safetensors')
    this.bestFile = join(runFolder, 'best.safetensors')
    this.#configHash = configHash
  }

  /** Weights, moments and progress in one file, so that they can never disagree. */
  async saveLast({ weights, optimiser, progress }: Checkpoint): Promise<void> {
    checkFinite(weights)
    const metadata = {
      'evenhand.config_hash': this.#configHash,
      'evenhand.optimiser_step': String(optimiser.step),
      'evenhand.progress': JSON.stringify(progress),
    }
    const tensors = new Map([...weights, ...optimiser.moments])
    await writeFileAtomically(this.lastFile, writeSafetensors(tensors, { metadata }))
  }

  async saveBest(weights: StateDict, epoch: number): Promise<void> {
    checkFinite(weights)
    const metadata = { 'evenhand.config_hash': this.#configHash, 'evenhand.epoch': String(epoch) }
    await writeFileAtomically(this.bestFile, writeSafetensors(weights, { metadata }))
  }

  /** The state to go on from, or null before the first checkpoint. Throws CONFLICT when it is another run's. */
  async loadLast(): Promise<Checkpoint | null> {
    const file = await this.#read(this.lastFile)
    if (file === null) return null
    const { tensors, metadata } = file
    const entries = [...tensors]
    return {
      weights: new Map(entries.filter(([name]) => !isMoment(name))),
      optimiser: {
        step: Number(metadata['evenhand.optimiser_step']),
        moments: new Map(entries.filter(([name]) => isMoment(name))),
      },
      progress: trainingProgress.parse(JSON.parse(metadata['evenhand.progress'] ?? 'null')),
    }
  }

  /** The best epoch's weights; throws NOT_FOUND before there are any. */
  async loadBest(): Promise<StateDict> {
    const file = await this.#read(this.bestFile)
    if (file === null)
      throw new AppError('NOT_FOUND', `The best weights ${this.bestFile} are missing. Train again.`)
    return file.tensors
  }

  async #read(path: string): Promise<SafetensorsFile | null> {
    let bytes: Uint8Array
    try {
      bytes = await readFile(path)
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
      throw mapSystemError(error, { action: 'read', path })
    }
    const file = readSafetensors(bytes, path)
    if (file.metadata['evenhand.config_hash'] === this.#configHash) return file
    throw new AppError('CONFLICT', `${path} belongs to a run with another configuration. Start a new run.`)
  }
}
