import type { SanityChecks } from '#shared/contract/run.contract.ts'
import { createRandom } from '#engine/kernel/random.ts'
import { embeddingSize, listParameters } from '#engine/models/resnet.ts'
import type { NetworkSpec, TrainBatch, TrainingSession } from './training-engine.ts'

const dummyImages = 2

/** Noise with every class of every head in turn, so that no head goes without a gradient. */
function makeNoiseBatch(
  batchSize: number,
  { network, seed }: { network: NetworkSpec; seed: number },
): TrainBatch {
  const random = createRandom(seed, ['check'])
  const images = new Uint8Array(batchSize * 3 * network.inputSize ** 2).map(() => random.int(0, 255))
  const labels = network.heads.map(
    ({ task, classes }) =>
      [task, Int32Array.from({ length: batchSize }, (_, item) => item % classes)] as const,
  )
  return { images, labels: new Map(labels) }
}

function isAlive(gradient: Float32Array | undefined): boolean {
  if (gradient === undefined) return false
  // A sum of magnitudes is 0 only when all are, and finite only when all are.
  const sum = gradient.reduce((total, value) => total + Math.abs(value), 0)
  return Number.isFinite(sum) && sum > 0
}

/**
 * The two checks before a training: a dummy input must give exactly 512 numbers per image, and a backward pass
 * must leave a non-zero finite gradient in every trainable parameter of the backbone. Changes nothing.
 */
export async function checkNetwork(
  session: TrainingSession,
  options: { network: NetworkSpec; seed: number },
): Promise<SanityChecks> {
  const { network } = options
  const dummy = new Uint8Array(dummyImages * 3 * network.inputSize ** 2)
  const { embedding } = await session.predict(dummy, dummyImages)
  const { gradients } = await session.gradients(makeNoiseBatch(session.batchSize, options))
  const names = listParameters(network)
    .map(({ name }) => name)
    .filter((name) => !name.startsWith('head.'))
  const failed = names.filter((name) => !isAlive(gradients.get(name)?.data))
  const width = embedding.length / dummyImages
  return {
    embedding: { ok: width === embeddingSize, shape: [dummyImages, width] },
    gradients: { ok: failed.length === 0, checked: names.length, failed },
  }
}
