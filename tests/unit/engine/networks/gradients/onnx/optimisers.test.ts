/** Optimiser steps, kept in float32, against the algorithms as they are written down, in float64. */
import { describe, expect, it } from 'vitest'
import { openTrainingArrays } from '#engine/networks/gradients/onnx/loops/update-loops.ts'
import { followOptimiser, measureNorm, moveAverage } from '#engine/networks/gradients/onnx/update-rule.ts'
import type {
  AdamOptions,
  OptimiserOptions,
  SgdOptions,
} from '#engine/networks/architecture/training-engine.ts'
import { drawValues, measureError } from './run-graph.ts'

const count = 7
const learningRate = 3e-3
const weight = drawValues(count, 31)
const gradient = drawValues(count, 32)
const first = drawValues(count, 33)
const second = drawValues(count, 34).map((value) => Math.fround(value * value))
const decay = { weightDecay: 0.25, decayNormsAndBiases: true }

function runStep(
  optimiser: OptimiserOptions,
  options: { step: number; isDecayed: boolean; moments: readonly ('m' | 'v')[] },
): Record<string, number[]> {
  const { step, isDecayed, moments } = options
  const arrays = openTrainingArrays([count, count, count, count])
  const place = (values: ArrayLike<number>): Float32Array => {
    const array = arrays.take(count)
    array.set(values)
    return array
  }
  const tensors = { w: place(weight), m: place(first), v: place(second) }
  // Gradients that were added up or are clipped come in larger and are scaled on the way.
  const update = followOptimiser(optimiser, { learningRate, step, gradientScale: 0.25 }, arrays)
  update({
    weight: tensors.w,
    gradient: place(gradient.map((value) => 4 * value)),
    moments: moments.map((name) => tensors[name]),
    isDecayed,
  })
  return Object.fromEntries(Object.entries(tensors).map(([name, values]) => [name, [...values]]))
}

const add = (a: readonly number[], b: readonly number[], factor: number): number[] =>
  a.map((value, index) => value + factor * (b[index] ?? Number.NaN))

/** How far each weight moved. */
const changeOf = (next: readonly number[] | undefined): number[] => add(next ?? [], weight, -1)

describe('SGD follows torch.optim.SGD', () => {
  const sgd = (momentum: number, nesterov: boolean): SgdOptions => ({
    kind: 'sgd',
    momentum,
    nesterov,
    ...decay,
  })
  it.each([
    ['without momentum, decayed', sgd(0, false), true],
    ['without momentum, not decayed', sgd(0, false), false],
    ['with momentum, decayed', sgd(0.9, false), true],
    ["with Nesterov's momentum, decayed", sgd(0.9, true), true],
    ["with Nesterov's momentum, not decayed", sgd(0.9, true), false],
  ])('%s', (_, optimiser, isDecayed) => {
    const { momentum, nesterov } = optimiser
    const moments = momentum > 0 ? (['m'] as const) : []
    const results = runStep(optimiser, { step: 5, isDecayed, moments })
    const penalised = add(gradient, weight, isDecayed ? decay.weightDecay : 0)
    const velocity = momentum > 0 ? add(penalised, first, momentum) : penalised
    const direction = nesterov ? add(penalised, velocity, momentum) : velocity
    const kept = momentum > 0 ? (results['m'] ?? []) : velocity
    expect(measureError(kept, velocity)).toBeLessThan(1e-6)
    const expected = direction.map((value) => -learningRate * value)
    expect(measureError(changeOf(results['w']), expected)).toBeLessThan(1e-4)
  })
})

describe.each(['adam', 'adamw'] as const)('%s follows its paper', (kind) => {
  const optimiser: AdamOptions = { kind, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, ...decay }
  it.each([
    ['the first step, decayed', 1, true],
    ['the first step, not decayed', 1, false],
    ['step 1000, decayed', 1000, true],
  ])('%s', (_, step, isDecayed) => {
    const results = runStep(optimiser, { step, isDecayed, moments: ['m', 'v'] })
    const shrink = isDecayed ? decay.weightDecay : 0
    const g = kind === 'adam' ? add(gradient, weight, shrink) : gradient
    const m = g.map((value, index) => 0.9 * (first[index] ?? 0) + 0.1 * value)
    const v = g.map((value, index) => 0.999 * (second[index] ?? 0) + 0.001 * value ** 2)
    const update = m.map((value, index) => {
      const corrected = Math.sqrt((v[index] ?? 0) / (1 - 0.999 ** step)) + optimiser.epsilon
      return (-learningRate * (value / (1 - 0.9 ** step))) / corrected
    })
    expect(measureError(results['m'] ?? [], m)).toBeLessThan(1e-6)
    expect(measureError(results['v'] ?? [], v)).toBeLessThan(1e-6)
    const expected = kind === 'adamw' ? add(update, weight, -learningRate * shrink) : update
    expect(measureError(changeOf(results['w']), expected)).toBeLessThan(1e-4)
  })
})

describe('beside the optimiser', () => {
  it('a moving average goes its share of the way and stays at a value that stands still', () => {
    const average = Float32Array.of(1, 2, -3)
    moveAverage(average, Float32Array.of(3, 2, -7), 0.75)
    expect([...average]).toEqual([1.5, 2, -4])
  })

  it('the norm runs over all tensors, whatever their lengths', () => {
    const lengths = [1, 2, 3, 4, 5, 6, 4099]
    const arrays = openTrainingArrays(lengths)
    const tensors = lengths.map((length) => {
      const tensor = arrays.take(length)
      tensor.set(drawValues(length, length))
      return tensor
    })
    const squares = tensors.flatMap((tensor) => [...tensor]).map((value) => value * value)
    const norm = Math.sqrt(squares.reduce((sum, one) => sum + one))
    expect(measureNorm(tensors, arrays)).toBeCloseTo(norm, 12)
    expect(measureNorm([], arrays)).toBe(0)
  })

  it('the loops take only arrays of their own memory, and no more than was asked for', () => {
    const arrays = openTrainingArrays([3])
    expect(() => arrays.sumSquares(new Float32Array(3))).toThrow('outside the memory')
    expect(arrays.take(3)).toEqual(new Float32Array(3))
    expect(() => arrays.take(1)).toThrow(RangeError)
  })
})

describe('lanes cannot show', () => {
  it.each(['adam', 'adamw'] as const)('%s gives the bits of a plain loop in float64', (kind) => {
    const length = 1003
    const arrays = openTrainingArrays([length, length, length, length])
    const [w, g, m, v] = [41, 42, 43, 44].map((seed) => {
      const array = arrays.take(length)
      array.set(drawValues(length, seed))
      return array
    })
    if (w === undefined || g === undefined || m === undefined || v === undefined) throw new Error('No arrays')
    v.forEach((value, at) => (v[at] = value * value))
    const plain = [w, m, v].map((array) => Float32Array.from(array))
    const [plainW, plainM, plainV] = plain
    const [beta1, beta2, step, gradientScale, shrink] = [0.9, 0.999, 3, 0.3, decay.weightDecay]
    const root = Math.sqrt(1 - beta2 ** step)
    g.forEach((slope, at) => {
      const before = plainW?.[at] ?? Number.NaN
      const pull = slope * gradientScale + before * (kind === 'adam' ? shrink : 0)
      const mean = (plainM?.[at] ?? Number.NaN) * beta1 + pull * (1 - beta1)
      const spread = (plainV?.[at] ?? Number.NaN) * beta2 + pull * pull * (1 - beta2)
      const change =
        (mean / (Math.sqrt(spread) + 1e-8 * root)) * ((learningRate * root) / (1 - beta1 ** step))
      const kept = before * (kind === 'adamw' ? 1 - learningRate * shrink : 1)
      plainM?.set([mean], at)
      plainV?.set([spread], at)
      plainW?.set([kept - change], at)
    })
    const optimiser: AdamOptions = { kind, beta1, beta2, epsilon: 1e-8, ...decay }
    const update = followOptimiser(optimiser, { learningRate, step, gradientScale }, arrays)
    update({ weight: w, gradient: g, moments: [m, v], isDecayed: true })
    expect([w, m, v]).toEqual(plain)
  })
})
