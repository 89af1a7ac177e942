import { listBuffers, listParameters } from '#engine/networks/architecture/resnet.ts'
import type { RuntimeFeeds } from '#engine/base/runtime/inference-session.ts'
import type { NamedTensor, OptimiserState, StateDict } from '#engine/networks/architecture/training-engine.ts'
import { graphNames } from './graph-names.ts'
import { openTrainingArrays } from './loops/update-loops.ts'
import type { TrainingArrays } from './loops/update-loops.ts'
import { createRunningStatistics } from './running-statistics.ts'
import { allocateBuffers, countValues, renameBuffers } from './tensor-buffers.ts'
import type { TensorBuffers } from './tensor-buffers.ts'
import {
  isDecayed,
  listAveraged,
  listGradientShapes,
  listLossParameters,
  listStoredShapes,
  listTrainedParameters,
  nameMoments,
} from './training-plan.ts'
import type { TrainingPlan } from './training-plan.ts'
import { moveAverage } from './update-rule.ts'
import { fromTapsFirst, listTapsFirst, writeTapsFirst } from './weight-layout.ts'

/** A trained parameter's own tensors. */
export interface TrainedTensors {
  readonly name: string
  readonly weight: Float32Array
  readonly moments: readonly Float32Array[]
  readonly isDecayed: boolean
}

/** Weights, running statistics, moments and averages between steps, once, in the graphs' layout. */
export interface StoredState {
  /** Where the weights and moments lie, with room for the gradients of a batch and their sum. */
  readonly arrays: TrainingArrays
  load(state: { weights: StateDict; optimiser?: OptimiserState }): void
  step(): number
  /** Changes whenever the weights do. */
  version(): number
  /** Everything that the gradient graph reads, with the statistics that accumulated batches have moved. */
  feedGradients(): RuntimeFeeds
  /** Where the next running statistics belong, by output name. */
  statisticsTargets(): RuntimeFeeds
  /** Makes those statistics the ones that the next batch starts from. */
  moveStatistics(): void
  /** What the model is made of, under its own names. */
  feedModel(): RuntimeFeeds
  /** The tensors themselves of what is trained, to be moved in place; moments as `nameMoments` lists them. */
  trained(): readonly TrainedTensors[]
  /** Moves the averages towards the weights and statistics that were moved, and completes the step. */
  completeStep(): void
  weights(): StateDict
  modelWeights(): StateDict
  optimiser(): OptimiserState
  /** A parameter, its moment, its average or its gradient, copied from the graphs' layout to torchvision's. */
  restore(name: string, data: Float32Array): NamedTensor
}

type Shapes = ReadonlyMap<string, readonly number[]>

function takeTensor(source: StateDict, name: string, shape: readonly number[]): NamedTensor {
  const tensor = source.get(name)
  if (tensor === undefined) throw new RangeError(`The weights lack ${name}`)
  if (tensor.shape.join() !== shape.join() || tensor.data.length !== countValues(shape))
    throw new RangeError(
      `${name} has the shape [${tensor.shape.join(', ')}] where the network wants [${shape.join(', ')}]`,
    )
  return tensor
}

/** Every stored tensor of one kind: its name, and the parameter or statistic whose shape and layout it shares. */
type Owners = ReadonlyMap<string, string>

function listOwners(plan: TrainingPlan): { moments: Owners; averages: Owners } {
  const trained = listTrainedParameters(plan).map(({ name }) => name)
  return {
    moments: new Map(
      trained.flatMap((name) => nameMoments(plan.optimiser, name).map((moment) => [moment, name] as const)),
    ),
    averages: new Map(listAveraged(plan).map(({ name }) => [graphNames.average(name), name])),
  }
}

/**
 * What each stored tensor is to hold; null for zeros. A loss's own parameters start at 0 where a file lacks them, moments
 * without an optimiser at 0, averages at the weights.
 */
function collectLoaded(
  { weights, optimiser }: { weights: StateDict; optimiser?: OptimiserState },
  options: { shapes: Shapes; lossParameters: ReadonlySet<string>; owners: ReturnType<typeof listOwners> },
): Map<string, NamedTensor | null> {
  const { shapes, lossParameters, owners } = options
  const loaded = new Map<string, NamedTensor | null>()
  for (const [name, shape] of shapes) {
    const isLacking = lossParameters.has(name) && !weights.has(name)
    loaded.set(name, isLacking ? null : takeTensor(weights, name, shape))
  }
  for (const [name, owner] of owners.moments) {
    const shape = shapes.get(owner) ?? []
    loaded.set(name, optimiser === undefined ? null : takeTensor(optimiser.moments, name, shape))
  }
  for (const [name, owner] of owners.averages) {
    const isKept = optimiser?.moments.has(name) === true
    const kept = isKept ? takeTensor(optimiser.moments, name, shapes.get(owner) ?? []) : loaded.get(owner)
    if (kept !== undefined) loaded.set(name, kept)
  }
  return loaded
}

/** Starts with zeros everywhere; `load` fills it and throws a RangeError naming a missing or misshapen tensor. */
export function createStoredState(plan: TrainingPlan): StoredState {
  const { network } = plan
  const tapsFirst = listTapsFirst(network)
  const owners = listOwners(plan)
  const lossParameters = new Set(listLossParameters(plan).map(({ name }) => name))
  const buffers = listBuffers(network).map(({ name, shape }) => [name, shape] as const)
  const parameters = [...listParameters(network), ...listLossParameters(plan)]
  const shapes: Shapes = new Map([...parameters.map(({ name, shape }) => [name, shape] as const), ...buffers])
  const storedShapes = listStoredShapes(network)
  const shapeOf = (owner: string): readonly number[] => storedShapes.get(owner) ?? shapes.get(owner) ?? []
  const gradients = listGradientShapes(plan).map(([, shape]) => shape)
  const stored = [
    ...parameters.map(({ name }) => name),
    ...owners.moments.values(),
    ...owners.averages.values(),
  ]
  const arrays = openTrainingArrays([...stored.map(shapeOf), ...gradients, ...gradients].map(countValues))
  const allocate = (names: Owners): TensorBuffers =>
    allocateBuffers(
      Array.from(names, ([name, owner]) => [name, shapeOf(owner)]),
      arrays.take,
    )

  const weights = allocateBuffers(
    parameters.map(({ name }) => [name, shapeOf(name)]),
    arrays.take,
  )
  const statistics = createRunningStatistics(buffers)
  const moments = allocate(owners.moments)
  const averages = allocate(owners.averages)
  const ownerOf = (name: string): string => owners.moments.get(name) ?? owners.averages.get(name) ?? name
  let completed = 0
  let version = 0

  const restore = (name: string, data: Float32Array): NamedTensor => {
    const parameter = ownerOf(name)
    const shape = shapes.get(parameter) ?? []
    return tapsFirst.has(parameter) ? fromTapsFirst(data, shape) : { shape, data: data.slice() }
  }
  const restoreAll = (tensors: TensorBuffers): StateDict =>
    new Map(Array.from(tensors, ([name, { data }]) => [name, restore(name, data)]))
  const current = (): TensorBuffers => new Map([...weights, ...statistics.committed()])
  const model = (): TensorBuffers => {
    const names = [...current()].filter(([name]) => !lossParameters.has(name))
    return new Map(names.map(([name, tensor]) => [name, averages.get(graphNames.average(name)) ?? tensor]))
  }
  const find = (tensors: TensorBuffers, name: string): Float32Array => {
    const tensor = tensors.get(name)
    if (tensor === undefined) throw new Error(`The state has no ${name}`)
    return tensor.data
  }

  const trained = listTrainedParameters(plan).map((parameter) => ({
    name: parameter.name,
    weight: find(weights, parameter.name),
    moments: nameMoments(plan.optimiser, parameter.name).map((moment) => find(moments, moment)),
    isDecayed: isDecayed(parameter, plan.optimiser),
  }))

  return {
    arrays,
    load(state) {
      const loaded = collectLoaded(state, { shapes, lossParameters, owners })
      statistics.discardMoved()
      const all = new Map([...current(), ...moments, ...averages])
      for (const [name, tensor] of loaded) {
        const target = all.get(name)?.data
        if (target === undefined) continue
        if (tensor === null) target.fill(0)
        else if (tapsFirst.has(ownerOf(name))) writeTapsFirst(tensor, target)
        else target.set(tensor.data)
      }
      completed = state.optimiser?.step ?? 0
      version++
    },
    step: () => completed,
    version: () => version,
    feedGradients: () => Object.fromEntries([...weights, ...statistics.moved()]),
    statisticsTargets: () =>
      plan.trainable === 'heads' ? {} : renameBuffers(statistics.spare(), graphNames.next),
    moveStatistics() {
      if (plan.trainable !== 'heads') statistics.move()
    },
    feedModel: () => Object.fromEntries(model()),
    trained: () => trained,
    completeStep() {
      statistics.commit()
      const now = current()
      for (const [average, name] of owners.averages)
        moveAverage(find(averages, average), find(now, name), plan.averageDecay ?? 0)
      completed++
      version++
    },
    weights: () => restoreAll(current()),
    modelWeights: () => restoreAll(model()),
    optimiser: () => ({ step: completed, moments: restoreAll(new Map([...moments, ...averages])) }),
    restore,
  }
}
