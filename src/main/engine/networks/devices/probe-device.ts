/** What runs in a probe process: one small training step on the CPU and on the device, then both against the clock. */
import { join } from 'node:path'
import type { ComputeId, DeviceMeasurement } from '#shared/contract/system.contract.ts'
import { createOrtRuntime } from '#engine/base/runtime/adapters/ort.ts'
import type { InferenceRuntime } from '#engine/base/runtime/inference-session.ts'
import { createTrainingEngine } from '#engine/networks/gradients/create-training-engine.ts'
import { initialiseNetwork } from '#engine/networks/architecture/initialise-network.ts'
import { openInstalledDnnl } from '#engine/networks/gradients/onednn/adapters/open-installed-dnnl.ts'
import { nameLibrary } from '#engine/networks/gradients/onednn/check-library.ts'
import { createOnnxTrainingEngine } from '#engine/networks/gradients/onnx/create-onnx-training-engine.ts'
import type {
  NetworkSpec,
  OptimiserOptions,
  StateDict,
  TrainBatch,
  TrainingEngine,
  TrainingSession,
} from '#engine/networks/architecture/training-engine.ts'
import {
  findTensorFlowFolder,
  probeTensorFlow,
} from '#engine/networks/gradients/tensorflow/probe-tensorflow.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import type { ProbeMessage, ProbeRequest } from './probe-protocol.ts'
import { checkAnswers } from './check-answers.ts'
import { countOperators } from './read-profile.ts'

interface Workload {
  readonly network: NetworkSpec
  readonly batchSize: number
}

const describeWorkload = (inputSize: number, batchSize: number): Workload => ({
  network: {
    arch: 'resnet18',
    inputSize,
    heads: [
      { task: 'age', classes: 9 },
      { task: 'gender', classes: 2 },
    ],
  },
  batchSize,
})

const comparison = describeWorkload(32, 4)
/** bf16 rounds so much that a few images at a few pixels say nothing. */
const bf16Comparison = describeWorkload(64, 16)
const benchmark = describeWorkload(64, 32)
const benchmarkMs = { cpu: 4000, device: 6000 } as const
const learningRate = 0.01

const optimiser: OptimiserOptions = {
  kind: 'sgd',
  momentum: 0.9,
  nesterov: false,
  weightDecay: 0,
  decayNormsAndBiases: false,
}

/** Images without any two alike: a batch of equal ones has no variance to normalise by. */
function makeBatch({ network, batchSize }: Workload): TrainBatch {
  const drawByte = (at: number): number => (Math.imul(at + 1, 2654435761) >>> 13) & 255
  const label = (classes: number): Int32Array =>
    Int32Array.from({ length: batchSize }, (_, at) => at % classes)
  return {
    images: Uint8Array.from({ length: batchSize * 3 * network.inputSize ** 2 }, (_, at) => drawByte(at)),
    labels: new Map(network.heads.map(({ task, classes }) => [task, label(classes)])),
  }
}

async function openLoaded(
  engine: TrainingEngine,
  { network, batchSize }: Workload,
  threads: number,
): Promise<TrainingSession> {
  const session = await engine.compile(network, { batchSize, threads, optimiser })
  session.load({ weights: initialiseNetwork(network, 1) })
  return session
}

interface StepOutcome {
  readonly loss: number
  readonly gradients: StateDict
  readonly weights: StateDict
}

async function takeStep(
  engine: TrainingEngine,
  threads: number,
  workload: Workload = comparison,
): Promise<StepOutcome> {
  const session = await openLoaded(engine, workload, threads)
  try {
    const batch = makeBatch(workload)
    const { gradients } = await session.gradients(batch)
    const { loss } = await session.step(batch, { learningRate })
    return { loss, gradients, weights: session.weights() }
  } finally {
    await session.dispose()
  }
}

/** Euclidean norm of the difference of all tensors together over that of the reference, and the largest difference. */
function measureDifference(reference: StateDict, measured: StateDict): { relative: number; largest: number } {
  let [difference, total, largest] = [0, 0, 0]
  for (const [name, { data }] of reference) {
    const other = measured.get(name)?.data
    data.forEach((value, at) => {
      const gap = value - (other?.[at] ?? Number.NaN)
      difference += gap * gap
      total += value * value
      largest = Math.max(largest, Math.abs(gap))
    })
  }
  return { relative: Math.sqrt(difference / total), largest }
}

/** The device's engine; where it is ONNX Runtime's, every operator's provider is written down. */
function createProfiledEngine({ id, folder }: ProbeRequest, workers: WorkerLocator): TrainingEngine {
  if (id === 'tensorflow' || id === 'onednn') return createEngineOf(id, workers)
  const runtime = createOrtRuntime({ device: id })
  let sessions = 0
  const profiled: InferenceRuntime = {
    ...runtime,
    createSession: (model, options) =>
      runtime.createSession(model, { ...options, profilePrefix: join(folder, `session-${sessions++}`) }),
  }
  return createOnnxTrainingEngine({ runtime: profiled })
}

function createEngineOf(
  id: ComputeId,
  workers: WorkerLocator,
  arithmetic: DeviceMeasurement['arithmetic'] = 'float32',
): TrainingEngine {
  if (id === 'tensorflow' || id === 'onednn')
    return createTrainingEngine({ engine: id, device: 'cpu', arithmetic }, workers)
  return createTrainingEngine({ engine: 'onnx', device: id, arithmetic }, workers)
}

/** Where oneDNN's bf16 stays as near its float32 as PyTorch's, which was 0.36 for gradients like these. */
const bf16Tolerances = { loss: 0.02, gradients: 0.6 } as const

/** Throws with the reason where bf16 answers otherwise than rounding explains. */
async function checkBf16(workers: WorkerLocator, threads: number): Promise<void> {
  const take = (arithmetic: 'float32' | 'bf16') =>
    takeStep(createEngineOf('onednn', workers, arithmetic), threads, bf16Comparison)
  const [wide, narrow] = [await take('float32'), await take('bf16')]
  const loss = Math.abs(narrow.loss - wide.loss) / wide.loss
  const gradients = measureDifference(wide.gradients, narrow.gradients).relative
  if (loss <= bf16Tolerances.loss && gradients <= bf16Tolerances.gradients) return
  throw new Error(
    `its bf16 is further from its float32 than rounding explains: by ${loss.toExponential(1)} in the loss and ${gradients.toExponential(1)} in the gradients of one step`,
  )
}

interface FoundLibrary {
  readonly hardware: string | null
  readonly library: string | null
  readonly arithmetic: DeviceMeasurement['arithmetic']
}

/** Throws with the reason where the library cannot be used. */
async function findLibrary({ id, threads }: ProbeRequest, workers: WorkerLocator): Promise<FoundLibrary> {
  if (id === 'tensorflow')
    return { hardware: await findTensorHardware(workers), library: null, arithmetic: 'float32' }
  if (id !== 'onednn') return { hardware: null, library: null, arithmetic: 'float32' }
  const dnnl = openInstalledDnnl(threads)
  const { path, instructions, hasBf16 } = dnnl.facts
  dnnl.close()
  if (hasBf16) await checkBf16(workers, threads)
  for (const arithmetic of hasBf16 ? (['float32', 'bf16'] as const) : (['float32'] as const))
    await checkAnswers(arithmetic, threads)
  return {
    hardware: `CPU, ${instructions}, by ${path}`,
    library: nameLibrary(dnnl.facts),
    arithmetic: hasBf16 ? 'bf16' : 'float32',
  }
}

/** Throws with the reason where TensorFlow cannot be used. */
async function findTensorHardware(workers: WorkerLocator): Promise<string> {
  const found = await probeTensorFlow({ workers, folder: findTensorFlowFolder(process.env) })
  if (!found.available) throw new Error(found.reason)
  return `${found.device === 'gpu' ? 'GPU' : 'CPU'}, TensorFlow ${found.version}`
}

async function compare(
  request: ProbeRequest,
  workers: WorkerLocator,
): Promise<Extract<ProbeMessage, { type: 'compared' }>> {
  const { id, threads, folder } = request
  const found = await findLibrary(request, workers)
  if (id === 'cpu') return { type: 'compared', parity: null, operators: null, ...found }
  const measured = await takeStep(createProfiledEngine(request, workers), threads)
  const reference = await takeStep(createEngineOf('cpu', workers), threads)
  const parity = {
    loss: Math.abs(measured.loss - reference.loss) / reference.loss,
    gradients: measureDifference(reference.gradients, measured.gradients).relative,
    weights: measureDifference(reference.weights, measured.weights).largest,
  }
  if (!Object.values(parity).every((value) => Number.isFinite(value)))
    throw new Error('It answered with values that are no numbers')
  const operators = id === 'tensorflow' || id === 'onednn' ? null : await countOperators(folder)
  return { type: 'compared', parity, operators, ...found }
}

async function race(
  engine: TrainingEngine,
  options: { limitMs: number; threads: number; onBatch: (imagesPerSecond: number) => void },
): Promise<void> {
  const session = await openLoaded(engine, benchmark, options.threads)
  try {
    const batch = makeBatch(benchmark)
    await session.step(batch, { learningRate })
    const start = performance.now()
    for (let batches = 1; performance.now() - start < options.limitMs; batches++) {
      await session.step(batch, { learningRate })
      options.onBatch((1000 * batches * benchmark.batchSize) / (performance.now() - start))
    }
  } finally {
    await session.dispose()
  }
}

/** Throws what the device's runtime throws; a crash or hang of its driver takes the process along, so it has its own. */
export async function probeDevice(
  request: ProbeRequest,
  { workers, tell }: { workers: WorkerLocator; tell: (message: ProbeMessage) => void },
): Promise<void> {
  const { id, threads } = request
  const compared = await compare(request, workers)
  tell(compared)
  const sides = id === 'cpu' ? (['cpu'] as const) : (['cpu', 'device'] as const)
  for (const side of sides) {
    const engine =
      side === 'cpu' ? createEngineOf('cpu', workers) : createEngineOf(id, workers, compared.arithmetic)
    await race(engine, {
      limitMs: benchmarkMs[side],
      threads,
      onBatch: (imagesPerSecond) => tell({ type: 'speed', of: side, imagesPerSecond }),
    })
  }
  tell({ type: 'done' })
}
