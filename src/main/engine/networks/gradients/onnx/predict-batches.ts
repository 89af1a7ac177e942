import { embeddingSizes } from '#shared/domain/architectures.ts'
import type { InferenceSession, RuntimeFeeds } from '#engine/base/runtime/inference-session.ts'
import type { NetworkSpec, Predictions } from '#engine/networks/architecture/training-engine.ts'
import { graphNames } from './graph-names.ts'

/** Images per call of the inference graph: large enough to fill the cores, small enough to stay in memory. */
const predictionBatch = 64

/** Answers for any number of images from a graph that takes a batch of them at a time. */
async function predictBatches(
  images: Uint8Array,
  options: {
    count: number
    network: NetworkSpec
    batchSize: number
    run: (images: Uint8Array, count: number) => Promise<RuntimeFeeds>
    nameLogits: (task: string) => string
  },
): Promise<Predictions> {
  const { count, network, batchSize, run, nameLogits } = options
  const side = network.inputSize
  const size = 3 * side * side
  if (images.length !== count * size)
    throw new RangeError(
      `${count} images of ${side} px need ${count * size} bytes of pixels, not ${images.length}`,
    )
  const embedding = new Float32Array(count * embeddingSizes[network.arch])
  const logits = new Map(network.heads.map(({ task, classes }) => [task, new Float32Array(count * classes)]))
  const targets = [
    [graphNames.embedding, embedding] as const,
    ...Array.from(logits, ([task, target]) => [nameLogits(task), target] as const),
  ]
  for (let start = 0; start < count; start += batchSize) {
    const batch = Math.min(batchSize, count - start)
    const outputs = await run(images.subarray(start * size, (start + batch) * size), batch)
    for (const [name, target] of targets) {
      const part = outputs[name]
      if (part?.type !== 'float32') throw new Error(`The graph gave no ${name}`)
      const width = target.length / count
      target.set(part.data.subarray(0, batch * width), start * width)
    }
  }
  return { embedding, logits }
}

/** By the graph that is exported, whose batch axis is free. */
export function predict(
  session: InferenceSession,
  images: Uint8Array,
  { count, network }: { count: number; network: NetworkSpec },
): Promise<Predictions> {
  const { inputSize } = network
  return predictBatches(images, {
    count,
    network,
    batchSize: predictionBatch,
    nameLogits: (task) => task,
    run: (part, batch) => {
      const image = { dims: [batch, 3, inputSize, inputSize], data: Float32Array.from(part) }
      return session.run({ image: { type: 'float32', ...image } })
    },
  })
}

/** By what trains, whose batch is fixed: a part of one is filled up with black. `run` gives logits by their graph names. */
export function predictAsTrained(
  run: (images: Uint8Array) => Promise<RuntimeFeeds>,
  images: Uint8Array,
  options: { count: number; network: NetworkSpec; batchSize: number },
): Promise<Predictions> {
  const { count, network, batchSize } = options
  return predictBatches(images, {
    count,
    network,
    batchSize,
    nameLogits: graphNames.logits,
    run: (part) => {
      const data = new Uint8Array(batchSize * 3 * network.inputSize ** 2)
      data.set(part)
      return run(data)
    },
  })
}
