import type { Task } from '#shared/domain/tasks.ts'
import type { ComputeTarget } from '#engine/base/runtime/inference-session.ts'
import { faceSide, type TrainablePart } from '#shared/domain/architectures.ts'
import { isMoved, listBuffers, listParameters } from '#engine/networks/architecture/resnet.ts'
import type { ParameterSpec } from '#engine/networks/architecture/resnet.ts'
import type {
  CompileOptions,
  HeadLoss,
  HeadSpec,
  NetworkSpec,
  Objective,
  OptimiserOptions,
} from '#engine/networks/architecture/training-engine.ts'
import { graphNames } from './graph-names.ts'
import { listTapsFirst } from './weight-layout.ts'

/** Everything that one training session computes, with nothing left open. */
export interface TrainingPlan {
  readonly network: NetworkSpec
  readonly batchSize: number
  readonly threads: number
  readonly optimiser: OptimiserOptions
  /** One loss for every head. */
  readonly losses: ReadonlyMap<Task, HeadLoss>
  readonly combination: Objective['combination']
  readonly trainable: TrainablePart
  readonly clipNorm: number | null
  readonly averageDecay: number | null
  /** What the graphs are written for. */
  readonly target: ComputeTarget
}

export interface TrainedParameter {
  readonly name: string
  /** As torchvision has it. */
  readonly shape: readonly number[]
  readonly kind: ParameterSpec['kind'] | 'logVariance'
}

function wrong(what: string): never {
  throw new RangeError(`Training cannot start: ${what}`)
}

function checkShare(name: string, value: number): void {
  if (!(value >= 0 && value < 1)) wrong(`${name} must lie in [0, 1), not ${value}`)
}

function checkOptimiser(optimiser: OptimiserOptions): void {
  if (!(optimiser.weightDecay >= 0 && optimiser.weightDecay < Number.POSITIVE_INFINITY))
    wrong(`the weight decay must be 0 or more, not ${optimiser.weightDecay}`)
  if (optimiser.kind === 'sgd') {
    checkShare('momentum', optimiser.momentum)
    if (optimiser.nesterov && optimiser.momentum === 0) wrong('Nesterov needs a momentum')
    return
  }
  checkShare('beta1', optimiser.beta1)
  checkShare('beta2', optimiser.beta2)
  if (!(optimiser.epsilon > 0)) wrong(`epsilon must be positive, not ${optimiser.epsilon}`)
}

function checkHead({ task, classes, readOut = 'class' }: HeadSpec): void {
  if (readOut === 'years' && classes !== 1) wrong(`the head ${task} in years gives 1 number, not ${classes}`)
  if (readOut !== 'years' && !(Number.isInteger(classes) && classes >= 2))
    wrong(`the head ${task} needs at least 2 classes, not ${classes}`)
}

function checkLoss({ task, classes, readOut = 'class' }: HeadSpec, loss: HeadLoss): void {
  if (loss.kind !== 'cross-entropy') {
    if (readOut === 'class') wrong(`the head ${task} gives classes, so its loss cannot be ${loss.kind}`)
    if (loss.kind === 'huber' && !(loss.delta > 0)) wrong(`Huber's delta must be positive, not ${loss.delta}`)
    return
  }
  if (readOut === 'years') wrong(`the head ${task} gives one number, so its loss cannot be a cross-entropy`)
  if (loss.targets.length !== classes ** 2)
    wrong(`${loss.targets.length} targets for the head ${task}, which needs ${classes} times ${classes}`)
  if (loss.weights.length !== classes)
    wrong(`${loss.weights.length} class weights for the ${classes} classes of the head ${task}`)
  if (![...loss.targets, ...loss.weights].every((value) => Number.isFinite(value) && value >= 0))
    wrong(`a target or class weight of the head ${task} is negative or no number`)
}

function makePlainLoss({ task, classes, readOut = 'class' }: HeadSpec): HeadLoss {
  if (readOut !== 'class') wrong(`the head ${task} is read in years and has no loss`)
  const targets = Float32Array.from({ length: classes ** 2 }, (_, at) => (at % (classes + 1) === 0 ? 1 : 0))
  return { kind: 'cross-entropy', targets, weights: new Float32Array(classes).fill(1) }
}

/** Fills in what was left out. Throws a RangeError that names what the graphs cannot express. */
export function planTraining(
  network: NetworkSpec,
  options: CompileOptions,
  target: ComputeTarget = 'cpu',
): TrainingPlan {
  const { batchSize, threads, optimiser, objective, clipNorm = null, averageDecay = null } = options
  const { arch, inputSize, heads } = network
  const isOfFaces = arch === 'face-resnet'
  if (isOfFaces && inputSize !== faceSide)
    wrong(`the input size of the face network is ${faceSide}, not ${inputSize}`)
  if (!isOfFaces && (!Number.isInteger(inputSize) || inputSize < 32 || inputSize % 32 !== 0))
    wrong(`the input size must be a multiple of 32, not ${inputSize}`)
  if (!Number.isInteger(batchSize) || batchSize < 2)
    wrong(`the batch size must be at least 2, not ${batchSize}`)
  if (!Number.isInteger(threads) || threads < 1)
    wrong(`the number of threads must be at least 1, not ${threads}`)
  if (heads.length === 0) wrong('the network has no heads')
  if (new Set(heads.map(({ task }) => task)).size !== heads.length) wrong('two heads share one task')
  heads.forEach(checkHead)
  checkOptimiser(optimiser)
  if (clipNorm !== null && !(clipNorm > 0)) wrong(`the largest norm must be positive, not ${clipNorm}`)
  if (averageDecay !== null) checkShare("the average's decay", averageDecay)
  const losses = new Map(
    heads.map((head) => {
      const loss = objective?.losses.get(head.task) ?? makePlainLoss(head)
      checkLoss(head, loss)
      return [head.task, loss] as const
    }),
  )
  const { trainable = 'all' } = options
  const combination = objective?.combination ?? 'given'
  return {
    network,
    batchSize,
    threads,
    optimiser,
    losses,
    combination,
    trainable,
    clipNorm,
    averageDecay,
    target,
  }
}

/** The learned `s` of a task under the combination `uncertainty`, a scalar. */
export const nameLogVariance = (task: Task): string => `loss.${task}.log_variance`

/** The loss's own parameters. */
export function listLossParameters({ network, combination }: TrainingPlan): TrainedParameter[] {
  if (combination !== 'uncertainty') return []
  return network.heads.map(({ task }) => ({ name: nameLogVariance(task), shape: [], kind: 'logVariance' }))
}

/** What has a gradient, in torchvision's order, the loss's own parameters last. */
export function listTrainedParameters(plan: TrainingPlan): TrainedParameter[] {
  const ofNetwork = listParameters(plan.network).filter(
    ({ name, kind }) => kind === 'linearWeight' || kind === 'linearBias' || isMoved(name, plan.trainable),
  )
  return [...ofNetwork, ...listLossParameters(plan)]
}

/** What lies behind the embedding: the heads, and the loss's own parameters. */
export const listHeadParameters = (plan: TrainingPlan): TrainedParameter[] =>
  listTrainedParameters({ ...plan, trainable: 'heads' })

/** What a moving average is kept of: what the model has of all that training moves. */
export function listAveraged(plan: TrainingPlan): { name: string; shape: readonly number[] }[] {
  if (plan.averageDecay === null) return []
  const ofModel = listTrainedParameters(plan).filter(({ kind }) => kind !== 'logVariance')
  return [...ofModel, ...listBuffers(plan.network).filter(({ name }) => isMoved(name, plan.trainable))]
}

/** The moments that the optimiser keeps of one parameter. */
export function nameMoments(optimiser: OptimiserOptions, parameter: string): string[] {
  const first = graphNames.firstMoment(parameter)
  if (optimiser.kind === 'sgd') return optimiser.momentum > 0 ? [first] : []
  return [first, graphNames.secondMoment(parameter)]
}

export function isDecayed({ kind }: TrainedParameter, optimiser: OptimiserOptions): boolean {
  if (kind === 'logVariance') return false
  const isWeight = kind === 'convolution' || kind === 'projection' || kind === 'linearWeight'
  return optimiser.decayNormsAndBiases || isWeight
}

/** Shape in which parameters and running statistics live between steps. */
export function listStoredShapes(network: NetworkSpec): ReadonlyMap<string, readonly number[]> {
  const tapsFirst = listTapsFirst(network)
  return new Map(
    [...listParameters(network), ...listBuffers(network)].map(({ name, shape }) => {
      const [outputs = 1, inputs = 1, height = 1, width = 1] = shape
      return [name, tapsFirst.has(name) ? [height * width, inputs, outputs] : shape]
    }),
  )
}

/** Shape of every gradient, in the layout of what it belongs to. */
export function listGradientShapes(plan: TrainingPlan): (readonly [string, readonly number[]])[] {
  const stored = listStoredShapes(plan.network)
  return listTrainedParameters(plan).map(({ name, shape }) => [name, stored.get(name) ?? shape])
}
