import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { embeddingSizes } from '#shared/domain/architectures.ts'
import { listParameters } from '#engine/networks/architecture/resnet.ts'
import type { ParameterSpec } from '#engine/networks/architecture/resnet.ts'
import type {
  NetworkSpec,
  TrainBatch,
  TrainingSession,
} from '#engine/networks/architecture/training-engine.ts'

/** The two checks that the method runs before every training. */
export interface NetworkCheck {
  readonly embedding: {
    readonly images: number
    /** Numbers per image; must be 512, or 128 of the face network. */
    readonly valuesPerImage: number
    readonly isFinite: boolean
    readonly passed: boolean
  }
  readonly gradients: {
    /** Trainable parameters that were looked at: those of the backbone, or of the heads where it is frozen. */
    readonly parameters: number
    /** Those whose gradient is zero everywhere. */
    readonly silent: readonly string[]
    /** Those whose gradient has a NaN or an infinity. */
    readonly notFinite: readonly string[]
    readonly passed: boolean
  }
  readonly passed: boolean
}

/**
 * Noise with classes from the whole of every head, so that each parameter has something to learn from. The ages lie on
 * one side of what a network answers at first: the slopes of an L1 loss would cancel out in a bias.
 */
function makeDummyBatch(network: NetworkSpec, options: { count: number; seed: number }): TrainBatch {
  const { count, seed } = options
  const generator = xoroshiro128plus(seed)
  const images = new Uint8Array(count * 3 * network.inputSize ** 2)
  for (let index = 0; index < images.length; index++) images[index] = uniformInt(generator, 0, 255)
  const labels = new Map(
    network.heads.map(({ task, classes }) => [
      task,
      Int32Array.from({ length: count }, (_, index) =>
        count < classes ? Math.floor(((index + 0.5) * classes) / count) : index % classes,
      ),
    ]),
  )
  return { images, labels, years: Float32Array.from({ length: count }, (_, index) => 70 + (index % 20)) }
}

// Plain loops: millions of numbers cost a call each otherwise.
function isAllZero(data: Float32Array): boolean {
  for (let at = 0; at < data.length; at++) if (data[at] !== 0) return false
  return true
}

function isAllFinite(data: Float32Array): boolean {
  for (let at = 0; at < data.length; at++) if (!Number.isFinite(data[at])) return false
  return true
}

/**
 * Checks a session that has its weights: a dummy input gives exactly the network's numbers per image, and a backward pass leaves
 * a non-zero finite gradient in every trainable parameter of the backbone, or of the heads where the backbone is frozen
 * and has none. The session's state stays as it was.
 */
export async function checkNetwork(
  session: TrainingSession,
  network: NetworkSpec,
  seed: number,
): Promise<NetworkCheck> {
  const batch = makeDummyBatch(network, { count: session.batchSize, seed })
  const { embedding: values } = await session.predict(batch.images, session.batchSize)
  const valuesPerImage = values.length / session.batchSize
  const isFinite = isAllFinite(values)
  const embedding = {
    images: session.batchSize,
    valuesPerImage,
    isFinite,
    passed: isFinite && valuesPerImage === embeddingSizes[network.arch],
  }
  const { gradients: found } = await session.gradients(batch)
  const isOfHead = ({ kind }: ParameterSpec): boolean => kind === 'linearWeight' || kind === 'linearBias'
  const parameters = listParameters(network)
  const ofBackbone = parameters.filter((parameter) => !isOfHead(parameter) && found.has(parameter.name))
  const checked = (ofBackbone.length === 0 ? parameters.filter(isOfHead) : ofBackbone).map(({ name }) => ({
    name,
    data: found.get(name)?.data ?? new Float32Array(0),
  }))
  const silent = checked.filter(({ data }) => isAllZero(data)).map(({ name }) => name)
  const notFinite = checked.filter(({ data }) => !isAllFinite(data)).map(({ name }) => name)
  const gradients = {
    parameters: checked.length,
    silent,
    notFinite,
    passed: silent.length === 0 && notFinite.length === 0,
  }
  return { embedding, gradients, passed: embedding.passed && gradients.passed }
}
