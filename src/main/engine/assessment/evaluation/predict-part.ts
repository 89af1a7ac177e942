import type { Task } from '#shared/domain/tasks.ts'
import type { JobContext } from '#engine/base/jobs/job.ts'
import { predictedTensors, type PredictTensorsTask } from '#engine/networks/inference/infer-tasks.ts'
import { listHeads } from '#engine/learning/models/model-file.ts'
import type { StoredModel } from '#engine/learning/models/model.service.ts'
import type { TensorService } from '#engine/networks/tensors/tensor.service.ts'
import type { SplitImage } from '#engine/learning/training/training-data.service.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import { createWorkerPool } from '#engine/base/threads/worker-pool.ts'

export interface PredictPartDeps {
  readonly tensors: TensorService
  readonly host: { readonly workers: WorkerLocator; readonly cores: number }
}

const chunkImages = 256

/** Runs a model's own ONNX file over images: the numbers of each head, `[images, numbers]`. */
export async function predictPart(
  model: StoredModel,
  images: readonly SplitImage[],
  { deps, context }: { deps: PredictPartDeps; context: Pick<JobContext, 'signal' | 'report'> },
): Promise<Map<Task, Float32Array>> {
  const { signal, report } = context
  const { inputSize } = model
  const { rows, tensorsFile } = await deps.tensors.prepare(images, { inputSize, signal, report })
  const { workers, cores } = deps.host
  await using pool = createWorkerPool({ workers, name: 'infer', threads: 1 })
  const all = new Map<Task, Float32Array>()
  for (const { task, classes } of listHeads(model.labels, model.ageReadOut)) {
    all.set(task, new Float32Array(images.length * classes))
  }
  for (let start = 0; start < rows.length; start += chunkImages) {
    report({ phase: 'Running the model', done: start, total: rows.length })
    const chunk: PredictTensorsTask = {
      onnxFile: model.files.onnx,
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
