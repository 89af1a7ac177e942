import { crc32 } from 'node:zlib'
import * as z from 'zod'
import { AppError } from '#shared/contract/errors.ts'
import { mapSystemError } from '#engine/base/kernel/system-error.ts'
import { Turns } from '#engine/base/kernel/turns.ts'
import type { ImageCodecName } from '#engine/base/media/image-codec.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import { createWorkerPool, type WorkerPool } from '#engine/base/threads/worker-pool.ts'
import type { PictureView } from '#engine/networks/faces/crop-face.ts'
import { eraseTensors } from './erase-tensors.ts'
import type { IntegrityCheck } from '#shared/contract/integrity.contract.ts'
import type { CheckContext } from '#engine/base/integrity/integrity-source.ts'
import { inspectTensors } from './inspect-tensors.ts'
import { makeFacelessTensor, TensorCache, type NewTensor, type TensorRow } from './tensor-cache.ts'
import { madeTensor, type MakeTensorsTask, type VerifyTensorsTask } from './tensor-tasks.ts'

/** A picture on disk: what its file and its upright pixels hash to. */
interface CachedImage {
  readonly file: string
  readonly fileSha256: string
  readonly pixelSha256: string
}

export interface PreparedTensors {
  readonly tensorsFile: string
  /** One per image asked for, in that order. */
  readonly rows: readonly TensorRow[]
  /** Positions of the images in which no face was found, where faces were asked for. */
  readonly withoutFace: ReadonlySet<number>
}

export interface PrepareOptions {
  readonly inputSize: number
  /** `whole` where left out. */
  readonly view?: PictureView
  readonly signal: AbortSignal
  readonly report: (progress: {
    readonly phase: string
    readonly done: number
    readonly total: number
    readonly message?: string
  }) => void
}

interface Failure {
  readonly file: string
  readonly reason: string
}

const phases = { whole: 'Decoding images', face: 'Finding faces' } as const
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
    .map(({ file, reason }) => `${JSON.stringify(file)}: ${reason}`)
  const rest = failures.length > failuresNamed ? ` And ${failures.length - failuresNamed} more.` : ''
  const subject =
    failures.length === 1 ? 'One image of this split' : `${failures.length} images of this split`
  return new AppError(
    'PRECONDITION',
    `${subject} cannot be read. ${named.join(' ')}${rest} Put the files back where they were, or import them again and make a new split.`,
    { details: { images: failures.length } },
  )
}

/** Decoded images can be decoded again, so that damage to them is told and mended. */
function tellOfDamage(options: PrepareOptions, damaged: number): PrepareOptions {
  if (damaged === 0) return options
  const message = `${damaged} decoded images in the cache were not what was stored, and are decoded again`
  return { ...options, report: (progress) => options.report({ ...progress, message }) }
}

interface Work {
  readonly cache: TensorCache
  readonly pool: WorkerPool
  readonly options: PrepareOptions
}

/** Decodes images once and keeps them at the working size, for training, evaluation and parity alike. */
export class TensorService {
  readonly #cacheFolder: string
  readonly #workers: WorkerLocator
  readonly #codec: ImageCodecName
  readonly #cores: number
  /** By view and working size, which have files of their own. */
  readonly #turns = new Map<string, Turns>()

  constructor(deps: { cacheFolder: string; workers: WorkerLocator; codec: ImageCodecName; cores: number }) {
    this.#cacheFolder = deps.cacheFolder
    this.#workers = deps.workers
    this.#codec = deps.codec
    this.#cores = deps.cores
  }

  /** Every entry that is kept, beside its checksum. @param isKnown whether an image of the catalogue has these pixels */
  inspect(context: CheckContext, isKnown: (pixelSha256: string) => boolean): AsyncIterable<IntegrityCheck> {
    return inspectTensors(this.#cacheFolder, context, isKnown)
  }

  /**
   * Makes what is missing or damaged; stopped at any moment it goes on from there.
   * @throws AppError PRECONDITION naming the first images that cannot be read and how many there are.
   */
  async prepare(images: readonly CachedImage[], options: PrepareOptions): Promise<PreparedTensors> {
    return this.#inTurn(options, () => this.#prepare(images, options))
  }

  /** A training and an evaluation beside it would each cut back and append to what the other writes. */
  #inTurn<Result>(
    { inputSize, view = 'whole', signal, report }: PrepareOptions,
    work: () => Promise<Result>,
  ): Promise<Result> {
    const kind = `${view} ${inputSize}`
    const turns = this.#turns.get(kind) ?? new Turns()
    this.#turns.set(kind, turns)
    const onWait = () => report({ phase: 'Waiting for another job that decodes images', done: 0, total: 0 })
    return turns.take(work, { signal, onWait })
  }

  async #prepare(images: readonly CachedImage[], options: PrepareOptions): Promise<PreparedTensors> {
    try {
      const { inputSize, view = 'whole' } = options
      await using cache = await TensorCache.open(this.#cacheFolder, inputSize, view)
      await using pool = createWorkerPool({ workers: this.#workers, name: 'tensor', threads: this.#cores })
      const damaged = await this.#dropDamaged(images, { cache, pool, options })
      await this.#addMissing(images, { cache, pool, options: tellOfDamage(options, damaged) })
      const found = images.map(({ pixelSha256 }) => cache.find(pixelSha256))
      const rows = found.filter((row) => row !== undefined)
      const faceless = crc32(makeFacelessTensor(inputSize))
      const isFaceless = ({ crc }: TensorRow) => view === 'face' && crc === faceless
      const withoutFace = new Set([...rows.keys()].filter((at) => rows.slice(at, at + 1).some(isFaceless)))
      return { tensorsFile: cache.paths.tensors, rows, withoutFace }
    } catch (error) {
      throw mapSystemError(error, { action: 'write', path: this.#cacheFolder })
    }
  }

  /** Lets go of pictures that were erased. */
  async erase(pixelHashes: ReadonlySet<string>): Promise<void> {
    try {
      await eraseTensors(this.#cacheFolder, pixelHashes)
    } catch (error) {
      throw mapSystemError(error, { action: 'write', path: this.#cacheFolder })
    }
  }

  /** @returns how many tensors are not what was written */
  async #dropDamaged(images: readonly CachedImage[], { cache, pool, options }: Work): Promise<number> {
    const present = new Map(
      images.flatMap(({ pixelSha256 }) => {
        const row = cache.find(pixelSha256)
        return row === undefined ? [] : [[pixelSha256, row] as const]
      }),
    )
    const chunks = splitIntoChunks([...present], verifyChunkImages)
    const tasks = chunks.map((chunk): VerifyTensorsTask & { keys: readonly string[] } => ({
      file: cache.paths.tensors,
      inputSize: options.inputSize,
      rows: chunk.map(([, row]) => row),
      keys: chunk.map(([key]) => key),
    }))
    const call = { name: 'findDamagedTensors', result: z.array(z.int()), signal: options.signal }
    let [done, lost] = [0, 0]
    for await (const [{ keys }, damaged] of pool.map(tasks, call)) {
      for (const position of damaged) cache.forget(keys[position] ?? '')
      lost += damaged.length
      done += keys.length
      options.report({ phase: 'Checking decoded images', done, total: present.size })
    }
    return lost
  }

  async #addMissing(images: readonly CachedImage[], { cache, pool, options }: Work): Promise<void> {
    const { inputSize, view = 'whole' } = options
    const missing = new Map<string, CachedImage>()
    for (const image of images) {
      if (cache.find(image.pixelSha256) === undefined) missing.set(image.pixelSha256, image)
    }
    const tasks = splitIntoChunks([...missing.values()], chunkImages).map(
      (chunk) => ({ codec: this.#codec, inputSize, view, images: chunk }) satisfies MakeTensorsTask,
    )
    const call = { name: 'makeTensors', result: z.array(madeTensor), signal: options.signal }
    const failures: Failure[] = []
    let done = 0
    for await (const [task, made] of pool.map(tasks, call)) {
      const added: NewTensor[] = []
      task.images.forEach(({ pixelSha256, file }, position) => {
        const { tensor, reason } = made[position] ?? { tensor: null, reason: 'It was not decoded.' }
        if (tensor === null) failures.push({ file, reason })
        else added.push({ pixelSha256, tensor })
      })
      await cache.append(added)
      done += task.images.length
      options.report({ phase: phases[view], done, total: missing.size })
    }
    if (failures.length > 0) throw explainFailures(failures)
  }
}
