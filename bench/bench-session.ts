/** What the training benchmarks share: one network, one made-up batch, one optimiser, and the engines by name. */
import { createOrtRuntime } from '#engine/base/runtime/adapters/ort.ts'
import type { InferenceRuntime } from '#engine/base/runtime/inference-session.ts'
import { initialiseNetwork } from '#engine/networks/architecture/initialise-network.ts'
import { openInstalledDnnl } from '#engine/networks/gradients/onednn/adapters/open-installed-dnnl.ts'
import { createOnednnRuntime } from '#engine/networks/gradients/onednn/create-onednn-runtime.ts'
import { createOnednnTrainingEngine } from '#engine/networks/gradients/onednn/create-onednn-training-engine.ts'
import { createOnnxTrainingEngine } from '#engine/networks/gradients/onnx/create-onnx-training-engine.ts'
import type {
  NetworkSpec,
  TrainBatch,
  TrainingEngine,
  TrainingSession,
} from '#engine/networks/architecture/training-engine.ts'

const benchEngines = ['onnx', 'onednn', 'onednn-bf16'] as const
export type BenchEngine = (typeof benchEngines)[number]

export function readEngine(name: string): BenchEngine {
  const engine = benchEngines.find((known) => known === name)
  if (engine === undefined) throw new Error(`An engine is one of ${benchEngines.join(', ')}, not ${name}`)
  return engine
}

export interface BenchShape {
  readonly engine: BenchEngine
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
export const describeNetwork = ({ arch, size }: Pick<BenchShape, 'arch' | 'size'>): NetworkSpec => ({
  arch,
  inputSize: size,
  heads: [
    { task: 'age', classes: 9 },
    { task: 'gender', classes: 2 },
    { task: 'race', classes: 7 },
  ],
})

const arithmeticOf = (engine: BenchEngine) => (engine === 'onednn-bf16' ? 'bf16' : 'float32')

function createEngine({ engine }: BenchShape): TrainingEngine {
  const runtime = createOrtRuntime()
  if (engine === 'onnx') return createOnnxTrainingEngine({ runtime })
  return createOnednnTrainingEngine({ open: openInstalledDnnl, arithmetic: arithmeticOf(engine), runtime })
}

/** What answers by an exported file. */
export function createBenchRuntime({ engine }: Pick<BenchShape, 'engine'>): InferenceRuntime {
  const otherwise = createOrtRuntime()
  if (engine === 'onnx') return otherwise
  return createOnednnRuntime({ open: openInstalledDnnl, arithmetic: arithmeticOf(engine), otherwise })
}

export async function openSession(shape: BenchShape): Promise<TrainingSession> {
  const network = describeNetwork(shape)
  const session = await createEngine(shape).compile(network, {
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
