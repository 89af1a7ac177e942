import type { Task } from '#shared/domain/tasks.ts'
import type { JobContext } from '#engine/base/jobs/job.ts'
import { createWorkerPool } from '#engine/base/threads/worker-pool.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import type { MemberImage } from '#engine/data/members/member-images.ts'
import { predictedTensors, type PredictTensorsTask } from '#engine/networks/inference/infer-tasks.ts'
import type { TensorService } from '#engine/networks/tensors/tensor.service.ts'
import { listHeads } from '#engine/learning/models/model-file.ts'
import type { StoredModel } from '#engine/learning/models/model.service.ts'

interface PredictionServiceDeps {
  readonly tensors: TensorService
  readonly workers: WorkerLocator
  readonly cores: number
}

const chunkImages = 256

/** What models say of images of a split. */
export class PredictionService {
  readonly #deps: PredictionServiceDeps

  constructor(deps: PredictionServiceDeps) {
    this.#deps = deps
  }

  /** Runs a model's own ONNX file over images: the numbers of each head, `[images, numbers]`. */
  async runHeads(
    model: StoredModel,
    images: readonly MemberImage[],
    { signal, report }: Pick<JobContext, 'signal' | 'report'>,
  ): Promise<Map<Task, Float32Array>> {
    const { tensors, workers, cores } = this.#deps
    const { inputSize } = model
    const { rows, tensorsFile } = await tensors.prepare(images, { inputSize, signal, report })
    await using pool = createWorkerPool({ workers, name: 'infer', threads: 1 })
    const all = new Map<Task, Float32Array>()
    for (const { task, classes } of listHeads(model.labels, model.ageReadOut)) {
      all.set(task, new Float32Array(images.length * classes))
    }
    for (let start = 0; start < rows.length; start += chunkImages) {
      report({ phase: 'Running the model', done: start, total: rows.length })
      const chunk: PredictTensorsTask = {
        onnxFile: model.files.onnx,
        sha256: model.onnxSha256,
        threads: cores,
        tensorsFile,
        inputSize,
        rows: rows.slice(start, start + chunkImages),
      }
      const part = await pool.run(chunk, { name: 'predictTensors', result: predictedTensors, signal })
      for (const [task, target] of all) target.set(part[task] ?? [], (start * target.length) / rows.length)
    }
    report({ phase: 'Running the model', done: rows.length, total: rows.length })
    return all
  }
}
