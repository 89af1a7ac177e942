/** One optimiser step of one parameter, element by element, as `torch.optim` defines it. */
import { castTarget } from '#engine/models/onnx/graph-builder.ts'
import type { GraphBuilder, Value } from '#engine/models/onnx/graph-builder.ts'
import type { AdamOptions, OptimiserOptions, SgdOptions } from '#engine/training/training-engine.ts'
import { graphNames } from './graph-names.ts'

/** Every input may lie in the same memory as its next value: each is read for the last time where that is written. */
export interface ParameterUpdate {
  readonly weight: Value
  readonly gradient: Value
  readonly isDecayed: boolean
  /** Its moments' inputs, as `nameMoments` lists them; outputs are named by `graphNames.next`. */
  readonly moments: readonly Value[]
}

export type UpdateRule = (update: ParameterUpdate) => void

interface Schedule {
  readonly learningRate: Value
  readonly step: Value
}

const scale = (builder: GraphBuilder, value: Value, factor: number): Value =>
  builder.node('Mul', [value, builder.float32([factor])])

const toFloat = (builder: GraphBuilder, value: Value): Value =>
  builder.node('Cast', [value], { attributes: { to: castTarget('float32') } })

/** The decay that joins the gradient, an L2 penalty. */
function addPenalty(
  builder: GraphBuilder,
  { weight, gradient, isDecayed }: ParameterUpdate,
  weightDecay: number,
): Value {
  if (!isDecayed || weightDecay === 0) return gradient
  return builder.node('Add', [gradient, scale(builder, weight, weightDecay)])
}

function followSgd(builder: GraphBuilder, options: SgdOptions, schedule: Schedule): UpdateRule {
  const { momentum, nesterov, weightDecay } = options
  const rate = toFloat(builder, schedule.learningRate)
  return (update) => {
    const { weight, moments } = update
    const [velocity] = moments
    const gradient = addPenalty(builder, update, weightDecay)
    let direction = gradient
    if (velocity !== undefined) {
      direction = builder.node('Add', [scale(builder, velocity, momentum), gradient], {
        outputs: [graphNames.next(velocity)],
      })
      if (nesterov) direction = builder.node('Add', [gradient, scale(builder, direction, momentum)])
    }
    builder.node('Sub', [weight, builder.node('Mul', [direction, rate])], {
      outputs: [graphNames.next(weight)],
    })
  }
}

/**
 * The step's scalars in float64: 1 - beta2^step is about 0.001 at first, and in float32 would keep four digits. Both
 * bias corrections are moved out of the element-wise passes (Kingma & Ba 2015, end of section 2).
 */
function scheduleAdam(
  builder: GraphBuilder,
  options: AdamOptions,
  schedule: Schedule,
): { stepSize: Value; epsilon: Value; decay: Value } {
  const one = builder.float64(1)
  const correct = (beta: number): Value =>
    builder.node('Sub', [one, builder.node('Pow', [builder.float64(beta), schedule.step])])
  const root = builder.node('Sqrt', [correct(options.beta2)])
  const size = builder.node('Div', [
    builder.node('Mul', [schedule.learningRate, root]),
    correct(options.beta1),
  ])
  const decayed = builder.node('Mul', [schedule.learningRate, builder.float64(options.weightDecay)])
  return {
    /** learningRate * sqrt(1 - beta2^step) / (1 - beta1^step) */
    stepSize: toFloat(builder, size),
    /** epsilon * sqrt(1 - beta2^step) */
    epsilon: toFloat(builder, builder.node('Mul', [builder.float64(options.epsilon), root])),
    /** 1 - learningRate * weightDecay */
    decay: toFloat(builder, builder.node('Sub', [one, decayed])),
  }
}

/** Adam (Kingma & Ba 2015, algorithm 1) and AdamW (Loshchilov & Hutter 2019, algorithm 2). */
function followAdam(builder: GraphBuilder, options: AdamOptions, schedule: Schedule): UpdateRule {
  const { beta1, beta2, weightDecay, kind } = options
  const { stepSize, epsilon, decay } = scheduleAdam(builder, options, schedule)
  return (update) => {
    const { weight, moments, isDecayed } = update
    const [first, second] = moments
    if (first === undefined || second === undefined) throw new Error(`${weight} lacks a moment`)
    const gradient = kind === 'adam' ? addPenalty(builder, update, weightDecay) : update.gradient
    const mean = builder.node('Add', [scale(builder, first, beta1), scale(builder, gradient, 1 - beta1)], {
      outputs: [graphNames.next(first)],
    })
    const square = builder.node('Mul', [gradient, gradient])
    const spread = builder.node('Add', [scale(builder, second, beta2), scale(builder, square, 1 - beta2)], {
      outputs: [graphNames.next(second)],
    })
    const denominator = builder.node('Add', [builder.node('Sqrt', [spread]), epsilon])
    const direction = builder.node('Div', [mean, denominator])
    const isShrunk = kind === 'adamw' && isDecayed && weightDecay > 0
    const kept = isShrunk ? builder.node('Mul', [weight, decay]) : weight
    builder.node('Sub', [kept, builder.node('Mul', [direction, stepSize])], {
      outputs: [graphNames.next(weight)],
    })
  }
}

/** The optimiser's rule from float64 scalars: the learning rate and the number of this step, from 1. */
export function followOptimiser(
  builder: GraphBuilder,
  options: OptimiserOptions,
  schedule: Schedule,
): UpdateRule {
  return options.kind === 'sgd'
    ? followSgd(builder, options, schedule)
    : followAdam(builder, options, schedule)
}
