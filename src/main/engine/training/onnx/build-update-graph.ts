import { listBuffers } from '#engine/models/resnet.ts'
import type { GraphBuilder, Value } from '#engine/models/onnx/graph-builder.ts'
import { createBuilderFor } from './gpu-operators.ts'
import { graphNames } from './graph-names.ts'
import { followOptimiser } from './optimisers.ts'
import {
  isDecayed,
  listAveraged,
  listStoredShapes,
  listTrainedParameters,
  nameMoments,
} from './training-plan.ts'
import type { TrainedParameter, TrainingPlan } from './training-plan.ts'

/** Keeps the divisor from 0, as `torch.nn.utils.clip_grad_norm_` has it. */
const clipEpsilon = 1e-6

type Shaped = TrainedParameter & { readonly stored: readonly number[] }

function listShaped(plan: TrainingPlan): Shaped[] {
  const shapes = listStoredShapes(plan.network)
  return listTrainedParameters(plan).map((parameter) => ({
    ...parameter,
    stored: shapes.get(parameter.name) ?? parameter.shape,
  }))
}

/** Sum of squares of a tensor, row by row first so that its rounding error stays small. */
function sumSquares(builder: GraphBuilder, value: Value, rank: number): Value {
  const attributes = { keepdims: 0 }
  if (rank < 2) return builder.node('ReduceSumSquare', [value], { attributes })
  const rows = builder.node('ReduceSumSquare', [value, builder.int64([rank - 1])], { attributes })
  return builder.node('ReduceSum', [rows], { attributes })
}

/** The norm over all gradients, as an output of the graph. */
function measureNorm(builder: GraphBuilder, parameters: readonly Shaped[]): Value {
  const squares = parameters.map(({ name, stored }) =>
    sumSquares(builder, graphNames.gradient(name), stored.length),
  )
  const norm = builder.node('Sqrt', [builder.node('Sum', squares)], { outputs: [graphNames.gradientNorm] })
  builder.output(norm, 'float32', [])
  return norm
}

function clipTo(builder: GraphBuilder, norm: Value, limit: number): Value {
  const safe = builder.node('Add', [norm, builder.float32([clipEpsilon])])
  const ratio = builder.node('Div', [builder.float32([limit]), safe])
  return builder.node('Min', [ratio, builder.float32([1])])
}

/** `average + (1 - decay) * (value - average)`, which stays at a value that stands still. */
function addAverages(builder: GraphBuilder, plan: TrainingPlan, isMine: (name: string) => boolean): void {
  if (plan.averageDecay === null) return
  const shapes = listStoredShapes(plan.network)
  const buffers = new Set(listBuffers(plan.network).map(({ name }) => name))
  const share = builder.float32([1 - plan.averageDecay])
  for (const { name, shape } of listAveraged(plan)) {
    if (!isMine(name)) continue
    const stored = shapes.get(name) ?? shape
    const average = builder.input(graphNames.average(name), 'float32', stored)
    const value = buffers.has(name) ? builder.input(name, 'float32', stored) : graphNames.next(name)
    const change = builder.node('Mul', [builder.node('Sub', [value, average]), share])
    const next = builder.node('Add', [average, change], { outputs: [graphNames.next(average)] })
    builder.output(next, 'float32', stored)
  }
}

/**
 * One optimiser step: trained parameters, their gradients and moments, averages and scalars go in; their next values and
 * the gradients' norm before clipping come out. An output may lie in the memory of the input whose next value it is. With
 * `names`, only those parameters and statistics are updated. Of such graphs the first parameter's measures the norm over all
 * gradients, and the others only where they clip by it.
 */
export function buildUpdateGraph(plan: TrainingPlan, names?: ReadonlySet<string>): Uint8Array {
  const { optimiser, clipNorm, target } = plan
  const builder = createBuilderFor(target)
  const isMine = (name: string): boolean => names === undefined || names.has(name)
  const parameters = listShaped(plan)
  const isMeasuring = clipNorm !== null || parameters.slice(0, 1).some(({ name }) => isMine(name))
  const learningRate = builder.input(graphNames.learningRate, 'float64', [])
  const step = builder.input(graphNames.step, 'float64', [])
  for (const { name, stored } of parameters) {
    const own = isMine(name) ? [name, ...nameMoments(optimiser, name)] : []
    const gradient = isMeasuring || isMine(name) ? [graphNames.gradient(name)] : []
    for (const input of [...gradient, ...own]) builder.input(input, 'float32', stored)
  }
  const norm = isMeasuring ? measureNorm(builder, parameters) : undefined
  const factor = norm === undefined || clipNorm === null ? undefined : clipTo(builder, norm, clipNorm)
  const update = followOptimiser(builder, optimiser, { learningRate, step })
  for (const parameter of parameters) {
    const { name, stored } = parameter
    if (!isMine(name)) continue
    const given = graphNames.gradient(name)
    const gradient = factor === undefined ? given : builder.node('Mul', [given, factor])
    const moments = nameMoments(optimiser, name)
    update({ weight: name, gradient, moments, isDecayed: isDecayed(parameter, optimiser) })
    for (const output of [name, ...moments]) builder.output(graphNames.next(output), 'float32', stored)
  }
  addAverages(builder, plan, isMine)
  return builder.build({ name: 'update' })
}

/** Adds one batch's gradients to those that are held, and scales the sum: 1, or 1 / batches to make it a mean. */
export function buildSumGraph(plan: TrainingPlan): Uint8Array {
  const builder = createBuilderFor(plan.target)
  const scale = builder.input(graphNames.scale, 'float32', [])
  for (const { name, stored } of listShaped(plan)) {
    const held = builder.input(graphNames.held(name), 'float32', stored)
    const gradient = builder.input(graphNames.gradient(name), 'float32', stored)
    const sum = builder.node('Add', [held, gradient])
    const next = builder.node('Mul', [sum, scale], { outputs: [graphNames.next(name)] })
    builder.output(next, 'float32', stored)
  }
  return builder.build({ name: 'gradient sum' })
}
