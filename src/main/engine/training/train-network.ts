import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '#shared/contract/errors.ts'
import { findAgeReadOut } from '#shared/domain/age-read-out.ts'
import type { Task } from '#shared/domain/tasks.ts'
import { writeFileAtomically } from '#engine/kernel/atomic-file.ts'
import { hashBytes } from '#engine/kernel/hash.ts'
import { buildModelFile, listHeads, locateModel } from '#engine/models/model-file.ts'
import { writeSafetensors } from '#engine/models/safetensors.ts'
import { checkNetwork } from './check-network.ts'
import { loadInitialWeights } from './initial-weights.ts'
import { RunCheckpoints } from './run-checkpoints.ts'
import { TensorReader } from './tensor-reader.ts'
import type { TrainAssignment, TrainedModel, TrainMessage } from './train-protocol.ts'
import type { NetworkSpec, TrainingEngine, TrainingSession } from './training-engine.ts'
import { TrainingFeeder, type LabelledTensors } from './training-feeder.ts'
import { TrainingLoop } from './training-loop.ts'
import { firstProgress, type TrainingProgress } from './training-progress.ts'

export interface TrainNetworkDeps {
  readonly engine: TrainingEngine
  readonly tell: (message: TrainMessage) => void
  readonly isCancelled: () => boolean
  /** Milliseconds from any origin. */
  readonly now: () => number
}

function describeNetwork({ config, labels }: TrainAssignment): NetworkSpec {
  return {
    arch: config.arch,
    inputSize: config.inputSize,
    heads: listHeads(labels, findAgeReadOut(config.age)),
  }
}

function nameTensors({ rows, labels }: TrainAssignment['train']): LabelledTensors {
  const tasks: readonly Task[] = ['age', 'gender', 'race']
  return {
    rows,
    labels: new Map(tasks.flatMap((task) => (labels[task] ? [[task, labels[task]] as const] : []))),
  }
}

/** Loads the last checkpoint, or starts anew after the method's two checks have passed. */
async function prepareSession(
  session: TrainingSession,
  options: { assignment: TrainAssignment; checkpoints: RunCheckpoints; deps: TrainNetworkDeps },
): Promise<TrainingProgress> {
  const { assignment, checkpoints, deps } = options
  const { config } = assignment
  const checkpoint = await checkpoints.loadLast()
  const network = describeNetwork(assignment)
  const weights =
    checkpoint?.weights ?? (await loadInitialWeights(network, { ...config, runFolder: assignment.runFolder }))
  session.load(checkpoint === null ? { weights } : { weights, optimiser: checkpoint.optimiser })
  if (checkpoint !== null) return checkpoint.progress
  deps.tell({ type: 'phase', phase: 'Checking the network' })
  const check = await checkNetwork(session, network, config.seed)
  const failed = [...check.gradients.silent, ...check.gradients.notFinite]
  const { images, valuesPerImage, passed } = check.embedding
  deps.tell({
    type: 'sanity',
    sanity: {
      embedding: { ok: passed, shape: [images, valuesPerImage] },
      gradients: { ok: check.gradients.passed, checked: check.gradients.parameters, failed },
    },
  })
  if (!check.passed) {
    throw new AppError(
      'PRECONDITION',
      `The network failed its check before training (${failed[0] ?? 'the embedding'}). Start from other weights.`,
    )
  }
  return firstProgress
}

/** Writes the best epoch as a model: weights by torchvision's names, and the ONNX file. */
async function writeModel(
  assignment: TrainAssignment,
  checkpoints: RunCheckpoints,
): Promise<Omit<TrainedModel, 'best'>> {
  const { runFolder, modelName: name, version, labels, splitHash, configHash } = assignment
  const best = await checkpoints.loadBest()
  const metadata = { 'evenhand.name': name, 'evenhand.labels': JSON.stringify(labels) }
  const weights = writeSafetensors(best, { metadata })
  const weightsSha256 = hashBytes(weights)
  const facts = { name, version, labels, splitHash, configHash, weightsSha256 }
  const onnx = buildModelFile(describeNetwork(assignment), best, facts)
  const files = locateModel(join(runFolder, 'model'))
  await mkdir(join(runFolder, 'model'), { recursive: true })
  await writeFileAtomically(files.weights, weights)
  await writeFileAtomically(files.onnx, onnx)
  return { weightsSha256, onnxSha256: hashBytes(onnx) }
}

/**
 * One training run from start or last checkpoint to its model files, telling what happens as it goes. Blocks
 * the thread during each step, so it belongs in a worker.
 * @throws AppError CANCELLED when it was asked to stop; a checkpoint of that very step is kept.
 */
export async function trainNetwork(
  assignment: TrainAssignment,
  deps: TrainNetworkDeps,
): Promise<TrainedModel> {
  const { config, labels, threads, checkpointEveryMs } = assignment
  const { tell, now, engine, isCancelled } = deps
  const checkpoints = new RunCheckpoints(assignment.runFolder, assignment.configHash)
  tell({ type: 'phase', phase: 'Building the training graph' })
  const session = await engine.compile(describeNetwork(assignment), {
    batchSize: config.batchSize,
    threads,
    optimiser: {
      kind: 'adamw',
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay: config.weightDecay,
      decayNormsAndBiases: config.decayNormsAndBiases,
    },
  })
  try {
    using reader = new TensorReader(assignment.tensorsFile, config.inputSize)
    const progress = await prepareSession(session, { assignment, checkpoints, deps })
    const feeder = new TrainingFeeder(nameTensors(assignment.train), reader, {
      ...config,
      augmentation: { flip: config.augmentation.flip, crop: config.augmentation.crop === 'pad' },
    })
    const totalSteps = config.epochs * feeder.batchesPerEpoch
    const step = (progress.epoch - 1) * feeder.batchesPerEpoch + progress.stepsOfEpoch
    tell({ type: 'started', step, totalSteps, epochs: progress.epochs })
    const loop = new TrainingLoop(
      { config, labels, checkpointEveryMs },
      {
        session,
        feeder,
        validation: nameTensors(assignment.validation),
        reader,
        checkpoints,
        now,
        isCancelled,
        onStep: (event) => tell({ type: 'step', ...event }),
        onEpoch: (record, confusion) => tell({ type: 'epoch', record, confusion }),
        onValidation: (epoch) => tell({ type: 'validating', epoch }),
      },
      progress,
    )
    const { epochs, best } = await loop.run()
    if (epochs.length < config.epochs || best === null) {
      throw new AppError('CANCELLED', 'The training was stopped. Resume the run to go on from this step.')
    }
    tell({ type: 'phase', phase: 'Writing the model' })
    return { best, ...(await writeModel(assignment, checkpoints)) }
  } finally {
    await session.dispose()
  }
}
