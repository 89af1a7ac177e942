/** Optimiser steps, kept in float32, against the algorithms as they are written down, in float64. */
import { describe, expect, it } from 'vitest'
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
  const tensors = {
    w: Float32Array.from(weight),
    m: Float32Array.from(first),
    v: Float32Array.from(second),
  }
  // Gradients that were added up or are clipped come in larger and are scaled on the way.
  const update = followOptimiser(optimiser, { learningRate, step, gradientScale: 0.25 })
  update({
    weight: tensors.w,
    gradient: Float32Array.from(gradient, (value) => 4 * value),
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
    const tensors = [1, 2, 3, 4, 5, 6].map((length) => Float32Array.from(drawValues(length, length)))
    const squares = tensors.flatMap((tensor) => [...tensor]).map((value) => value * value)
    expect(measureNorm(tensors)).toBeCloseTo(Math.sqrt(squares.reduce((sum, one) => sum + one)), 12)
    expect(measureNorm([])).toBe(0)
  })
})
