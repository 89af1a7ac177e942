import type { RuntimeFeeds, RuntimeTensor } from '#engine/base/runtime/inference-session.ts'
import type {
  HeadSpec,
  StepOptions,
  StepResult,
  TrainBatch,
} from '#engine/networks/architecture/training-engine.ts'
import { graphNames } from './graph-names.ts'
import type { TrainingPlan } from './training-plan.ts'

export const makeScalar = (value: number): RuntimeTensor => ({
  type: 'float32',
  dims: [],
  data: Float32Array.of(value),
})

function feedLabels({ labels }: TrainBatch, { task, classes }: HeadSpec, count: number): RuntimeTensor {
  const data = labels.get(task) ?? new Int32Array(count).fill(-1)
  if (data.length !== count)
    throw new RangeError(`The batch holds ${data.length} ${task} labels for ${count} images`)
  const stray = data.find((label) => label < -1 || label >= classes)
  if (stray !== undefined) throw new RangeError(`The ${task} label ${stray} is outside -1 to ${classes - 1}`)
  return { type: 'int32', dims: [count], data }
}

function feedYears({ years }: TrainBatch, count: number): RuntimeTensor {
  const data = years ?? new Float32Array(count).fill(-1)
  if (data.length !== count)
    throw new RangeError(`The batch holds ${data.length} ages in years for ${count} images`)
  const stray = data.find((age) => !(age === -1 || (age >= 0 && Number.isFinite(age))))
  if (stray !== undefined)
    throw new RangeError(`${stray} is no age in years, and -1 alone marks a missing one`)
  return { type: 'float32', dims: [count], data }
}

/** The batch as the gradient graph's inputs; refuses sizes and labels that do not fit the network. */
export function feedBatch(
  batch: TrainBatch,
  plan: TrainingPlan,
  lossWeights: StepOptions['lossWeights'] = new Map(),
): RuntimeFeeds {
  const { network, batchSize, losses, combination } = plan
  const { inputSize, heads } = network
  const expected = batchSize * 3 * inputSize * inputSize
  if (batch.images.length !== expected)
    throw new RangeError(
      `The batch holds ${batch.images.length} bytes of pixels; ${batchSize} images of ${inputSize} px need ${expected}`,
    )
  const feeds: Record<string, RuntimeTensor> = {
    [graphNames.images]: { type: 'uint8', dims: [batchSize, 3, inputSize, inputSize], data: batch.images },
  }
  for (const head of heads) {
    const { task } = head
    if (losses.get(task)?.kind === 'cross-entropy')
      feeds[graphNames.labels(task)] = feedLabels(batch, head, batchSize)
    else feeds[graphNames.years] = feedYears(batch, batchSize)
    if (combination === 'given') feeds[graphNames.lossWeight(task)] = makeScalar(lossWeights.get(task) ?? 1)
  }
  return feeds
}

export function readScalar(outputs: RuntimeFeeds, name: string): number {
  const tensor = outputs[name]
  if (tensor === undefined) throw new Error(`The graph gave no ${name}`)
  return Number(tensor.data[0])
}

/** What a pass of the gradient graph says of its losses. */
export function readLosses(
  outputs: RuntimeFeeds,
  plan: TrainingPlan,
  lossWeights: StepOptions['lossWeights'] = new Map(),
): Omit<StepResult, 'gradientNorm'> {
  const { heads } = plan.network
  const isGiven = plan.combination === 'given'
  return {
    loss: readScalar(outputs, graphNames.totalLoss),
    losses: new Map(heads.map(({ task }) => [task, readScalar(outputs, graphNames.loss(task))])),
    lossWeights: new Map(
      heads.map(({ task }) => [
        task,
        isGiven ? (lossWeights.get(task) ?? 1) : readScalar(outputs, graphNames.lossFactor(task)),
      ]),
    ),
  }
}
