import { describe, expect, it } from 'vitest'
import { createOrtRuntime } from '#engine/runtime/adapters/ort.ts'
import type { RuntimeTensor } from '#engine/runtime/inference-session.ts'
import { buildSumGraph, buildUpdateGraph } from '#engine/training/onnx/build-update-graph.ts'
import {
  listAveraged,
  listStoredShapes,
  listTrainedParameters,
  nameMoments,
  planTraining,
} from '#engine/training/onnx/training-plan.ts'
import type { TrainingPlan } from '#engine/training/onnx/training-plan.ts'
import type { CompileOptions, OptimiserOptions } from '#engine/training/training-engine.ts'

const network = {
  arch: 'resnet18',
  inputSize: 32,
  heads: [
    { task: 'age', classes: 9 },
    { task: 'gender', classes: 2 },
  ],
} as const
const decay = { weightDecay: 0.01, decayNormsAndBiases: false }
const adam = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, ...decay }
const optimisers: Record<string, OptimiserOptions> = {
  SGD: { kind: 'sgd', momentum: 0, nesterov: false, ...decay },
  'SGD with Nesterov momentum': { kind: 'sgd', momentum: 0.9, nesterov: true, ...decay },
  Adam: { kind: 'adam', ...adam },
  AdamW: { kind: 'adamw', ...adam },
}

type Tensors = Record<string, RuntimeTensor & { type: 'float32' }>

/** Reproducible values from 0 to 1, which suit second moments too. */
function makeTensors(plan: TrainingPlan, names: readonly (readonly [string, string])[]): Tensors {
  const shapes = listStoredShapes(plan.network)
  let seed = 1
  return Object.fromEntries(
    names.map(([name, owner]) => {
      const dims = shapes.get(owner) ?? []
      const size = dims.reduce((product, side) => product * side, 1)
      const data = Float32Array.from({ length: size }, () => {
        seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
        return seed / 2 ** 32
      })
      return [name, { type: 'float32', dims, data }]
    }),
  )
}

const copy = (tensors: Tensors): Tensors =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, { ...tensor, data: tensor.data.slice() }]),
  )

const toNext = (tensors: Tensors): Tensors =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [`next/${name}`, tensor]))

function listDifferent(a: Tensors, b: Tensors): string[] {
  const bits = (tensor: { data: Float32Array } | undefined): Buffer =>
    Buffer.from(tensor?.data.buffer ?? new ArrayBuffer(0))
  return Object.keys(a).filter((name) => !bits(a[name]).equals(bits(b[name])))
}

const float64 = (value: number): RuntimeTensor => ({
  type: 'float64',
  dims: [],
  data: Float64Array.of(value),
})

describe('the optimiser writes where it reads', () => {
  const everything: Partial<CompileOptions> = {
    clipNorm: 1,
    averageDecay: 0.999,
    objective: { losses: new Map(), combination: 'uncertainty' },
  }

  it.each(Object.entries(optimisers))(
    '%s: the same bits as with separate memory, also with two threads',
    async (_, optimiser) => {
      const plan = planTraining(network, { batchSize: 2, threads: 2, optimiser, ...everything })
      const trained = listTrainedParameters(plan).map(({ name }) => name)
      const state = makeTensors(plan, [
        ...trained.map((name) => [name, name] as const),
        ...trained.flatMap((name) => nameMoments(optimiser, name).map((moment) => [moment, name] as const)),
        ...listAveraged(plan).map(({ name }) => [`ema/${name}`, name] as const),
      ])
      const statistics = listAveraged(plan).flatMap(({ name }) =>
        name in state ? [] : [[name, name] as const],
      )
      const inputs = makeTensors(plan, [
        ...trained.map((name) => [`gradient/${name}`, name] as const),
        ...statistics,
      ])
      const session = await createOrtRuntime().createSession(buildUpdateGraph(plan), { threads: 2 })
      const scalars = { learning_rate: float64(1e-2), step: float64(3) }
      const [apart, inPlace, target] = [state, copy(state), copy(state)]
      await session.run({ ...apart, ...inputs, ...scalars }, toNext(target))
      await session.run({ ...inPlace, ...inputs, ...scalars }, toNext(inPlace))
      expect(listDifferent(inPlace, state)).toEqual(Object.keys(state))
      expect(listDifferent(target, inPlace)).toEqual([])
      await session.dispose()
    },
  )

  it('sums of gradients too', async () => {
    const optimiser = optimisers['SGD'] ?? { kind: 'sgd', momentum: 0, nesterov: false, ...decay }
    const plan = planTraining(network, { batchSize: 2, threads: 2, optimiser })
    const names = listTrainedParameters(plan).map(({ name }) => name)
    const gradients = makeTensors(
      plan,
      names.map((name) => [`gradient/${name}`, name] as const),
    )
    const held = makeTensors(
      plan,
      names.map((name) => [`held/${name}`, name] as const),
    )
    const session = await createOrtRuntime().createSession(buildSumGraph(plan), { threads: 2 })
    const scale: RuntimeTensor = { type: 'float32', dims: [], data: Float32Array.of(1 / 3) }
    const inPlace = copy(held)
    const into = Object.fromEntries(
      Object.entries(inPlace).map(([name, tensor]) => [name.replace('held/', 'next/'), tensor]),
    )
    await session.run({ ...inPlace, ...gradients, scale }, into)
    const expected = Object.fromEntries(
      Object.entries(held).map(([name, tensor]) => {
        const gradient = gradients[name.replace('held/', 'gradient/')]?.data
        const sum = tensor.data.map((value, index) => value + (gradient?.[index] ?? Number.NaN))
        return [name, { ...tensor, data: sum.map((value) => value * Math.fround(1 / 3)) }]
      }),
    )
    expect(listDifferent(inPlace, expected)).toEqual([])
    await session.dispose()
  })
})
