import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import Piscina from 'piscina'
import * as z from 'zod'
import { AppError } from '#shared/contract/errors.ts'
import type { JobProgress } from '#engine/jobs/job.ts'
import { mapSystemError } from '#engine/kernel/system-error.ts'
import type { ImageCodecName } from '#engine/media/image-codec.ts'
import { workerUrl, type WorkerLocator } from '#engine/workers/worker-locator.ts'
import { unpackOutcome } from '#engine/workers/worker-outcome.ts'
import { TensorCache, type TensorCachePaths, type TensorRow } from './tensor-cache.ts'
import { madeTensor, type MakeTensorsTask, type VerifyTensorsTask } from './tensor-tasks.ts'
import type { SplitImage } from './training-data.service.ts'

type CachedImage = Pick<SplitImage, 'name' | 'file' | 'fileSha256' | 'pixelSha256'>

export interface PreparedTensors {
  readonly paths: TensorCachePaths
  /** One per image asked for, in that order. */
  readonly rows: readonly TensorRow[]
}

export interface PrepareOptions {
  readonly inputSize: number
  readonly signal: AbortSignal
  readonly report: (progress: JobProgress) => void
}

interface Failure {
  readonly name: string
  readonly reason: string
}

const chunkImages = 32
const verifyChunkImages = 2000
const failuresNamed = 5

function splitIntoChunks<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, chunk) =>
    items.slice(chunk * size, (chunk + 1) * size),
  )
}

function explainFailures(failures: readonly Failure[]): AppError {
  const named = failures
    .slice(0, failuresNamed)
    .map(({ name, reason }) => `${JSON.stringify(name)}: ${reason}`)
  const rest = failures.length > failuresNamed ? ` And ${failures.length - failuresNamed} more.` : ''
  const subject =
    failures.length === 1 ? 'One image of this split' : `${failures.length} images of this split`
  return new AppError(
    'PRECONDITION',
    `${subject} cannot be read. ${named.join(' ')}${rest} Put the files back where they were, or import them again and make a new split.`,
    { details: { images: failures.length } },
  )
}

/** Decodes images once and keeps them at the working size, for training, evaluation and parity alike. */
export class TensorService {
  readonly #cacheFolder: string
  readonly #workers: WorkerLocator
  readonly #codec: ImageCodecName

  constructor(deps: { projectFolder: string; workers: WorkerLocator; codec: ImageCodecName }) {
    this.#cacheFolder = join(deps.projectFolder, 'cache')
    this.#workers = deps.workers
    this.#codec = deps.codec
  }

  /**
   * Makes what is missing or damaged; stopped at any moment it goes on from there.
   * @throws AppError PRECONDITION naming the first images that cannot be read and how many there are.
   */
  async prepare(images: readonly CachedImage[], options: PrepareOptions): Promise<PreparedTensors> {
    try {
      await using cache = await TensorCache.open(this.#cacheFolder, options.inputSize)
      await using pool = new Piscina({
        filename: workerUrl(this.#workers, 'tensor').href,
        minThreads: 0,
        maxThreads: availableParallelism(),
      })
      await this.#dropDamaged(images, { cache, pool, options })
      await this.#addMissing(images, { cache, pool, options })
      const rows = images.map(({ pixelSha256 }) => cache.find(pixelSha256))
      return { paths: cache.paths, rows: rows.filter((row) => row !== undefined) }
    } catch (error) {
      throw mapSystemError(error, { action: 'write', path: this.#cacheFolder })
    }
  }

  async #dropDamaged(images: readonly CachedImage[], work: Work): Promise<void> {
    const { cache, pool, options } = work
    const present = new Map(
      images.flatMap(({ pixelSha256 }) => {
        const row = cache.find(pixelSha256)
        return row === undefined ? [] : [[pixelSha256, row] as const]
      }),
    )
    let done = 0
    for (const chunk of splitIntoChunks([...present], verifyChunkImages)) {
      options.signal.throwIfAborted()
      const task: VerifyTensorsTask = {
        file: cache.paths.tensors,
        inputSize: options.inputSize,
        rows: chunk.map(([, row]) => row),
      }
      const answer: unknown = await pool.run(task, { name: 'findDamagedTensors' })
      for (const position of unpackOutcome(z.array(z.int()), answer)) {
        const damaged = chunk[position]
        if (damaged !== undefined) cache.forget(damaged[0])
      }
      done += chunk.length
      options.report({ phase: 'Checking decoded images', done, total: present.size })
    }
  }

  async #addMissing(images: readonly CachedImage[], { cache, pool, options }: Work): Promise<void> {
    const missing = new Map<string, CachedImage>()
    for (const image of images) {
      if (cache.find(image.pixelSha256) === undefined) missing.set(image.pixelSha256, image)
    }
    const chunks = splitIntoChunks([...missing.values()], chunkImages)
    const failures: Failure[] = []
    let done = 0
    let appending: Promise<void> = Promise.resolve()
    const makeNext = async (): Promise<void> => {
      for (let chunk = chunks.shift(); chunk !== undefined; chunk = chunks.shift()) {
        options.signal.throwIfAborted()
        const task: MakeTensorsTask = { codec: this.#codec, inputSize: options.inputSize, images: chunk }
        const answer: unknown = await pool.run(task, { name: 'makeTensors' })
        const made = unpackOutcome(z.array(madeTensor), answer)
        const added = chunk.flatMap(({ pixelSha256, name }, position) => {
          const { tensor = null, reason = 'No answer.' } = made[position] ?? {}
          if (tensor === null) failures.push({ name, reason: reason ?? '' })
          return tensor === null ? [] : [{ pixelSha256, tensor }]
        })
        appending = appending.then(() => cache.append(added))
        await appending
        done += chunk.length
        options.report({ phase: 'Decoding images', done, total: missing.size })
      }
    }
    const lanes = await Promise.allSettled(Array.from({ length: availableParallelism() }, makeNext))
    for (const lane of lanes) if (lane.status === 'rejected') throw lane.reason
    if (failures.length > 0) throw explainFailures(failures)
  }
}

interface Work {
  readonly cache: TensorCache
  readonly pool: Piscina
  readonly options: PrepareOptions
}
