import { castTarget } from '#engine/models/onnx/graph-builder.ts'
import type { GraphBuilder, Value } from '#engine/models/onnx/graph-builder.ts'
import type { AdamOptions } from '#engine/training/training-engine.ts'

/** What every parameter's update of one step shares. */
export interface AdamWSchedule {
  /** 1 - learningRate * weightDecay */
  readonly decay: Value
  /** learningRate * sqrt(1 - beta2^step) / (1 - beta1^step) */
  readonly stepSize: Value
  /** epsilon * sqrt(1 - beta2^step) */
  readonly epsilon: Value
}

/**
 * The step's scalars in float64 from float64 scalars: 1 - beta2^step is about 0.001 at first, and in float32 would keep
 * four digits. Both bias corrections are moved out of the element-wise passes (Kingma & Ba 2015, end of section 2).
 */
export function scheduleAdamW(
  builder: GraphBuilder,
  inputs: { learningRate: Value; step: Value },
  options: AdamOptions,
): AdamWSchedule {
  const one = builder.float64(1)
  const toFloat = (value: Value): Value =>
    builder.node('Cast', [value], { attributes: { to: castTarget('float32') } })
  const correct = (beta: number): Value =>
    builder.node('Sub', [one, builder.node('Pow', [builder.float64(beta), inputs.step])])
  const root = builder.node('Sqrt', [correct(options.beta2)])
  const size = builder.node('Div', [builder.node('Mul', [inputs.learningRate, root]), correct(options.beta1)])
  const decayed = builder.node('Mul', [inputs.learningRate, builder.float64(options.weightDecay)])
  return {
    decay: toFloat(builder.node('Sub', [one, decayed])),
    stepSize: toFloat(size),
    epsilon: toFloat(builder.node('Mul', [builder.float64(options.epsilon), root])),
  }
}

export interface AdamWParameter {
  readonly weight: Value
  readonly gradient: Value
  readonly firstMoment: Value
  readonly secondMoment: Value
  readonly isDecayed: boolean
  /** Names of the outputs. */
  readonly next: { readonly weight: Value; readonly firstMoment: Value; readonly secondMoment: Value }
}

/** One AdamW update (Loshchilov & Hutter 2019, algorithm 2), element by element. */
export function updateAdamW(
  builder: GraphBuilder,
  parameter: AdamWParameter,
  options: { schedule: AdamWSchedule; optimiser: AdamOptions },
): void {
  const { weight, gradient, firstMoment, secondMoment, isDecayed, next } = parameter
  const { schedule, optimiser } = options
  const scaled = (value: Value, factor: number): Value =>
    builder.node('Mul', [value, builder.float32([factor])])
  builder.node('Add', [scaled(firstMoment, optimiser.beta1), scaled(gradient, 1 - optimiser.beta1)], {
    outputs: [next.firstMoment],
  })
  const square = builder.node('Mul', [gradient, gradient])
  builder.node('Add', [scaled(secondMoment, optimiser.beta2), scaled(square, 1 - optimiser.beta2)], {
    outputs: [next.secondMoment],
  })
  const denominator = builder.node('Add', [builder.node('Sqrt', [next.secondMoment]), schedule.epsilon])
  const direction = builder.node('Div', [next.firstMoment, denominator])
  const decayed = isDecayed ? builder.node('Mul', [weight, schedule.decay]) : weight
  builder.node('Sub', [decayed, builder.node('Mul', [direction, schedule.stepSize])], {
    outputs: [next.weight],
  })
}
