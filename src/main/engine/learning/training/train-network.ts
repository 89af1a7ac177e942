import { AppError } from '#shared/contract/errors.ts'
import { tasks, type Task } from '#shared/domain/tasks.ts'
import { checkNetwork } from '#engine/networks/gradients/check-network.ts'
import { describeCompilation, describeNetwork, describeValidation, weighLosses } from './compose-training.ts'
import { loadInitialWeights } from './initial-weights.ts'
import { RunCheckpoints } from './run-checkpoints.ts'
import { TensorReader } from '#engine/networks/tensors/tensor-reader.ts'
import type { TrainAssignment, TrainedModel, TrainMessage } from './train-protocol.ts'
import type { TrainingEngine, TrainingSession } from '#engine/networks/architecture/training-engine.ts'
import { explainTrainingFailure } from './training-failure.ts'
import { openFeeder, type FeederThreads } from './training-feeder.ts'
import { TrainingLoop, type TrainingEnd } from './training-loop.ts'
import { firstProgress, type TrainingProgress } from './training-progress.ts'
import { validateNetwork } from './validate-network.ts'
import { writeModel } from './write-model.ts'

export interface TrainNetworkDeps {
  readonly engine: TrainingEngine
  readonly feed: FeederThreads
  readonly tell: (message: TrainMessage) => void
  readonly isCancelled: () => boolean
  /** Milliseconds from any origin. */
  readonly now: () => number
  /** Resident memory of the process. */
  readonly readMemoryBytes: () => number
}

const mapLabels = ({ labels }: TrainAssignment['train' | 'validation']): Map<Task, Int32Array> =>
  new Map(tasks.flatMap((task) => (labels[task] ? [[task, labels[task]] as const] : [])))

/** Of the ages that are known; a head in years begins there instead of climbing to it. */
function findMeanAge(years: Float32Array): number | null {
  const known = years.filter((age) => age >= 0)
  return known.length === 0 ? null : known.reduce((sum, age) => sum + age, 0) / known.length
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
  const { runFolder, train } = assignment
  const ageMean = findMeanAge(train.years)
  const weights =
    checkpoint?.weights ?? (await loadInitialWeights(network, { ...config, runFolder, ageMean }))
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

/** Trains to the end of the run, with the session and the reader already open. */
async function trainSession(
  session: TrainingSession,
  reader: TensorReader,
  options: {
    assignment: TrainAssignment
    checkpoints: RunCheckpoints
    deps: TrainNetworkDeps
    goTo: (where: string) => void
  },
): Promise<TrainingEnd> {
  const { assignment, checkpoints, deps, goTo } = options
  const { config, checkpointEveryMs, train, validation } = assignment
  const { tell, now, readMemoryBytes, isCancelled } = deps
  const progress = await prepareSession(session, options)
  await using feeder = openFeeder(
    {
      tensorsFile: assignment.tensorsFile,
      data: { rows: train.rows, labels: mapLabels(train), years: train.years },
      sampling: train.sampling,
      config,
    },
    deps.feed,
  )
  const validated = {
    rows: validation.rows,
    labels: mapLabels(validation),
    years: validation.years,
  }
  const goToStep = (step: number): void => goTo(`at step ${step} of ${loop.totalSteps}`)
  const loop = new TrainingLoop(
    {
      config,
      usesYears: config.age.target === 'years' && config.age.loss !== 'cross-entropy',
      checkpointEveryMs,
    },
    {
      session,
      feeder,
      validate: () =>
        validateNetwork(session, validated, { ...describeValidation(assignment), reader, isCancelled }),
      weighLosses: (epochs) => weighLosses(assignment, epochs),
      checkpoints,
      now,
      readMemoryBytes,
      isCancelled,
      onStep: (event) => {
        goToStep(event.step + 1)
        tell({ type: 'step', ...event })
      },
      onEpoch: (record, confusion) => {
        goToStep(loop.stepsDone + 1)
        tell({ type: 'epoch', record, confusion })
      },
      onValidation: (epoch) => {
        goTo(`measuring the validation part after epoch ${epoch}`)
        tell({ type: 'validating', epoch })
      },
    },
    progress,
  )
  const { stepsDone, totalSteps } = loop
  goToStep(stepsDone + 1)
  tell({ type: 'started', step: stepsDone, totalSteps, epochs: progress.epochs })
  return await loop.run()
}

/** The loss was no number once: the same steps would lead there again. */
async function refuseDiverged(checkpoints: RunCheckpoints): Promise<void> {
  const told = await checkpoints.loadDivergence()
  if (told === null) return
  throw new AppError(
    'PRECONDITION',
    `This run cannot be resumed: going on from its checkpoint leads to the same end. ${told}`,
    { details: { reason: 'DIVERGED' } },
  )
}

function describeEnd({ reason, progress }: TrainingEnd, { patience, epochs }: TrainAssignment['config']) {
  if (reason !== 'patience') return null
  return (
    `Training stopped early, after epoch ${progress.epochs.length} of ${epochs}: none of the last ${patience} was ` +
    `better than epoch ${progress.best?.epoch}.`
  )
}

async function makeModel(
  assignment: TrainAssignment,
  options: { checkpoints: RunCheckpoints; note: string | null; epochs: TrainingProgress['epochs'] },
): Promise<TrainedModel> {
  const { weights, record } = await options.checkpoints.loadBest()
  const best = record ?? options.epochs.findLast(({ isBest }) => isBest)
  if (best === undefined) throw new AppError('PRECONDITION', 'The run has no best epoch. Train again.')
  return { best, note: options.note, ...(await writeModel(assignment, weights)) }
}

async function keepBest(assignment: TrainAssignment, checkpoints: RunCheckpoints): Promise<TrainedModel> {
  const last = await checkpoints.loadLast()
  const epochs = last?.progress.epochs ?? []
  const { best, ...made } = await makeModel(assignment, { checkpoints, epochs, note: null })
  const note = `The run was ended before its ${assignment.config.epochs} epochs: epoch ${best.epoch}, its best so far, became the model.`
  return { best, ...made, note }
}

/**
 * One training run from start or last checkpoint to its model files, telling what happens as it goes. Blocks
 * the thread during each step, so it belongs in a worker.
 * @throws AppError CANCELLED when it was asked to stop, with a checkpoint of that very step; UNAVAILABLE when memory is
 *   short or the device has gone, PRECONDITION when the loss is no number, each with the last checkpoint kept.
 */
export async function trainNetwork(
  assignment: TrainAssignment,
  deps: TrainNetworkDeps,
): Promise<TrainedModel> {
  const { config } = assignment
  const { arch, inputSize, batchSize, device } = config
  const checkpoints = new RunCheckpoints(assignment.runFolder, assignment.configHash)
  let where = 'while the training graph was built'
  try {
    if (assignment.work === 'keep-best') return await keepBest(assignment, checkpoints)
    await refuseDiverged(checkpoints)
    deps.tell({ type: 'phase', phase: 'Building the training graph' })
    const session = await deps.engine.compile(describeNetwork(assignment), describeCompilation(assignment))
    try {
      using reader = new TensorReader(assignment.tensorsFile, inputSize)
      const goTo = (place: string): void => void (where = place)
      const end = await trainSession(session, reader, { assignment, checkpoints, deps, goTo })
      if (end.reason === 'cancelled')
        throw new AppError('CANCELLED', 'The training was stopped. Resume the run to go on from this step.')
      deps.tell({ type: 'phase', phase: 'Writing the model' })
      const { epochs } = end.progress
      return await makeModel(assignment, { checkpoints, epochs, note: describeEnd(end, config) })
    } finally {
      await session.dispose()
    }
  } catch (error) {
    throw explainTrainingFailure(error, { where, arch, inputSize, batchSize, device })
  }
}
