/** What the training benchmarks share: one network, one made-up batch, one optimiser. */
import { createOrtRuntime } from '#engine/base/runtime/adapters/ort.ts'
import { initialiseNetwork } from '#engine/networks/architecture/initialise-network.ts'
import { createOnnxTrainingEngine } from '#engine/networks/gradients/onnx/create-onnx-training-engine.ts'
import type {
  NetworkSpec,
  TrainBatch,
  TrainingSession,
} from '#engine/networks/architecture/training-engine.ts'

export interface BenchShape {
  readonly arch: NetworkSpec['arch']
  readonly size: number
  readonly batch: number
  readonly threads: number
}

export function makeBatch({ size, batch }: Pick<BenchShape, 'size' | 'batch'>): TrainBatch {
  const images = Uint8Array.from(
    { length: batch * 3 * size * size },
    (_, index) => Math.imul(index, 2654435761) >>> 24,
  )
  const label = (classes: number): Int32Array =>
    Int32Array.from({ length: batch }, (_, index) => index % classes)
  return {
    images,
    labels: new Map([
      ['age', label(9)],
      ['gender', label(2)],
      ['race', label(7)],
    ] as const),
  }
}

/** The three heads of the FairFace baseline. */
export const describeNetwork = ({ arch, size }: BenchShape): NetworkSpec => ({
  arch,
  inputSize: size,
  heads: [
    { task: 'age', classes: 9 },
    { task: 'gender', classes: 2 },
    { task: 'race', classes: 7 },
  ],
})

export async function openSession(shape: BenchShape): Promise<TrainingSession> {
  const network = describeNetwork(shape)
  const session = await createOnnxTrainingEngine({ runtime: createOrtRuntime() }).compile(network, {
    batchSize: shape.batch,
    threads: shape.threads,
    optimiser: {
      kind: 'adamw',
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay: 1e-2,
      decayNormsAndBiases: true,
    },
  })
  session.load({ weights: initialiseNetwork(network, 1) })
  return session
}
