import { seesFaces } from '#shared/domain/architectures.ts'
import type { Task } from '#shared/domain/tasks.ts'
import type { JobContext } from '#engine/base/jobs/job.ts'
import { createWorkerPool } from '#engine/base/threads/worker-pool.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import type { MemberImage } from '#engine/data/members/member-images.ts'
import { predictedTensors, type PredictTensorsTask } from '#engine/networks/inference/infer-tasks.ts'
import { usualChoice, type InferenceChoice } from '#engine/networks/inference/inference-choice.ts'
import type { ComputedBy } from '#engine/base/runtime/inference-session.ts'
import type { TensorRow } from '#engine/networks/tensors/tensor-cache.ts'
import type { TensorService } from '#engine/networks/tensors/tensor.service.ts'
import { listHeads } from '#engine/learning/models/model-file.ts'
import type { StoredModel } from '#engine/learning/models/model.service.ts'

interface PredictionServiceDeps {
  readonly tensors: TensorService
  readonly workers: WorkerLocator
  readonly cores: number
}

const chunkImages = 256

/** Rows of one file of tensors, and which images they are. */
interface Batch {
  readonly rows: readonly TensorRow[]
  readonly tensorsFile: string
  readonly positions: readonly number[]
}

const pick = <Item>(items: readonly Item[], positions: readonly number[]): Item[] =>
  positions.flatMap((at) => items.slice(at, at + 1))

const splitRows = (rows: readonly TensorRow[], tensorsFile: string, positions: readonly number[]): Batch[] =>
  Array.from({ length: Math.ceil(rows.length / chunkImages) }, (_, chunk) => {
    const [from, to] = [chunk * chunkImages, (chunk + 1) * chunkImages]
    return { rows: rows.slice(from, to), tensorsFile, positions: positions.slice(from, to) }
  })

export interface RunHeads {
  /** The numbers of each head, `[images, numbers]`. */
  readonly heads: ReadonlyMap<Task, Float32Array>
  /** Positions of the images that a model of faces found none in and answered by the whole picture. */
  readonly withoutFace: ReadonlySet<number>
  readonly computedBy: ComputedBy
}

/** What models say of images of a split. */
export class PredictionService {
  readonly #deps: PredictionServiceDeps

  constructor(deps: PredictionServiceDeps) {
    this.#deps = deps
  }

  /** Runs a model's own ONNX file over images. */
  async runHeads(
    model: StoredModel,
    images: readonly MemberImage[],
    { signal, report }: Pick<JobContext, 'signal' | 'report'>,
    computeWith: InferenceChoice = usualChoice,
  ): Promise<RunHeads> {
    const { tensors, workers, cores } = this.#deps
    const { inputSize } = model
    const options = { inputSize, signal, report }
    const batches: Batch[] = []
    let withoutFace: RunHeads['withoutFace'] = new Set()
    if (!seesFaces(model.arch)) {
      const { rows, tensorsFile } = await tensors.prepare(images, options)
      batches.push(...splitRows(rows, tensorsFile, [...images.keys()]))
    } else {
      const faces = await tensors.prepare(images, { ...options, view: 'face' })
      withoutFace = faces.withoutFace
      const found = [...images.keys()].filter((at) => !faces.withoutFace.has(at))
      const lost = [...faces.withoutFace]
      batches.push(...splitRows(pick(faces.rows, found), faces.tensorsFile, found))
      const wholes = await tensors.prepare(pick(images, lost), options)
      batches.push(...splitRows(wholes.rows, wholes.tensorsFile, lost))
    }
    await using pool = createWorkerPool({ workers, name: 'infer', threads: 1 })
    const all = new Map<Task, Float32Array>()
    for (const { task, classes } of listHeads(model.labels, model.ageReadOut)) {
      all.set(task, new Float32Array(images.length * classes))
    }
    let done = 0
    let by: ComputedBy | undefined
    for (const { rows, tensorsFile, positions } of batches) {
      report({ phase: 'Running the model', done, total: images.length })
      const chunk: PredictTensorsTask = {
        onnxFile: model.files.onnx,
        sha256: model.onnxSha256,
        threads: cores,
        computeWith,
        tensorsFile,
        inputSize,
        rows,
      }
      const part = await pool.run(chunk, { name: 'predictTensors', result: predictedTensors, signal })
      by = part.computedBy
      for (const [task, target] of all) {
        const width = target.length / images.length
        const numbers = part.heads[task] ?? new Float32Array()
        positions.forEach((position, at) =>
          target.set(numbers.subarray(at * width, (at + 1) * width), position * width),
        )
      }
      done += rows.length
    }
    report({ phase: 'Running the model', done, total: images.length })
    if (by === undefined) throw new RangeError('There are no images to answer')
    return { heads: all, withoutFace, computedBy: by }
  }
}
