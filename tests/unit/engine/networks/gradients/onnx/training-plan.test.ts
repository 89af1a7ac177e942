import { describe, expect, it } from 'vitest'
import { planTraining } from '#engine/networks/gradients/onnx/training-plan.ts'
import type { CompileOptions, HeadLoss, HeadSpec } from '#engine/networks/architecture/training-engine.ts'

const sgd = {
  kind: 'sgd',
  momentum: 0.9,
  nesterov: false,
  weightDecay: 0,
  decayNormsAndBiases: false,
} as const
const base: CompileOptions = { batchSize: 4, threads: 1, optimiser: sgd }
const plan = (overrides: Partial<CompileOptions>, head: HeadSpec = { task: 'age', classes: 3 }) =>
  planTraining({ arch: 'resnet18', inputSize: 64, heads: [head] }, { ...base, ...overrides })
const withLoss = (loss: HeadLoss): Partial<CompileOptions> => ({
  objective: { losses: new Map([['age', loss]]), combination: 'given' },
})
const inYears: HeadSpec = { task: 'age', classes: 1, readOut: 'years' }
const entropy = (targets: number, weights: number): HeadLoss => ({
  kind: 'cross-entropy',
  targets: new Float32Array(targets).fill(0.5),
  weights: new Float32Array(weights).fill(1),
})

describe('the plan of a training session', () => {
  it('fills in what was left out', () => {
    expect(plan({})).toMatchObject({
      combination: 'given',
      trainable: 'all',
      clipNorm: null,
      averageDecay: null,
      losses: new Map([
        [
          'age',
          {
            kind: 'cross-entropy',
            targets: Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1),
            weights: Float32Array.of(1, 1, 1),
          },
        ],
      ]),
    })
  })

  it.each<[string, Partial<CompileOptions>, HeadSpec | undefined, RegExp]>([
    ['a momentum of 1', { optimiser: { ...sgd, momentum: 1 } }, undefined, /momentum must lie in \[0, 1\)/],
    [
      'Nesterov without momentum',
      { optimiser: { ...sgd, momentum: 0, nesterov: true } },
      undefined,
      /Nesterov/,
    ],
    ['a negative decay', { optimiser: { ...sgd, weightDecay: -1 } }, undefined, /weight decay/],
    ['a norm of 0', { clipNorm: 0 }, undefined, /largest norm must be positive/],
    ['an average that never moves', { averageDecay: 1 }, undefined, /average's decay must lie/],
    ['years without a loss', {}, inYears, /read in years and has no loss/],
    ['two numbers for one age', withLoss({ kind: 'l1' }), { ...inYears, classes: 2 }, /gives 1 number/],
    ['a loss in years for classes', withLoss({ kind: 'l2' }), undefined, /cannot be l2/],
    ['a cross-entropy of one number', withLoss(entropy(1, 1)), inYears, /cannot be a cross-entropy/],
    ['targets for other classes', withLoss(entropy(4, 3)), undefined, /4 targets .* needs 3 times 3/],
    ['weights for other classes', withLoss(entropy(9, 2)), undefined, /2 class weights for the 3 classes/],
    ['a delta of 0', withLoss({ kind: 'huber', delta: 0 }), inYears, /delta must be positive/],
    [
      'a negative weight',
      withLoss({ kind: 'cross-entropy', targets: new Float32Array(9), weights: Float32Array.of(1, -1, 1) }),
      undefined,
      /negative or no number/,
    ],
  ])('refuses %s', (_, overrides, head, message) => {
    expect(() => plan(overrides, head)).toThrow(message)
  })
})
