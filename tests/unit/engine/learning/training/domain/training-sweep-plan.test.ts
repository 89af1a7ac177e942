import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { splitId } from '#shared/contract/base.contract.ts'
import { sweepPlan, type SweepPlanInput } from '#shared/contract/sweep.contract.ts'
import { trainConfig, type TrainConfig } from '#shared/contract/train-config.contract.ts'
import { diffChoices, listChoices } from '#shared/derived/compare-choices.ts'
import { setChoice } from '#shared/derived/set-choice.ts'
import { titleOfChoice } from '#shared/contract/train-choices.ts'
import { planSweep } from '#engine/learning/training/domain/plan-sweep.ts'

const configOf = (choices: object = {}): TrainConfig =>
  trainConfig.parse({ splitId: splitId.parse(1), ...choices })
const base = configOf()
const plan = (input: SweepPlanInput, from = base) => planSweep(from, sweepPlan.parse(input))
const grid = (axes: { path: string; values: (string | number | null)[] }[]) => plan({ kind: 'grid', axes })

describe('a grid', () => {
  it('runs every combination, kinds with their own defaults', () => {
    const runs = grid([
      { path: 'combination', values: ['sum', 'uncertainty', 'dwa'] },
      { path: 'sampler.kind', values: ['shuffle', 'balanced'] },
    ])
    expect(runs.map(({ words }) => words)).toEqual([
      'combination=sum, sampler.kind=shuffle',
      'combination=sum, sampler.kind=balanced',
      'combination=uncertainty, sampler.kind=shuffle',
      'combination=uncertainty, sampler.kind=balanced',
      'combination=dwa, sampler.kind=shuffle',
      'combination=dwa, sampler.kind=balanced',
    ])
    expect(runs[5]?.config).toEqual({
      ...base,
      combination: { kind: 'dwa', temperature: 2 },
      sampler: { kind: 'balanced', by: 'cell' },
    })
  })

  it('sets a kind before the fields of that kind, in whatever order they stand', () => {
    const [run] = grid([
      { path: 'optimiser.momentum', values: [0.5] },
      { path: 'optimiser', values: ['sgd'] },
    ])
    expect(run?.config.optimiser).toEqual({ kind: 'sgd', momentum: 0.5, nesterov: false })
  })

  it('takes whole objects as values', () => {
    const [run] = plan({
      kind: 'grid',
      axes: [{ path: 'age', values: [{ target: 'years', readOut: 'expected-years', loss: 'l2' }] }],
    })
    expect(run?.config.age).toEqual({ target: 'years', readOut: 'expected-years', loss: 'l2', huberDelta: 5 })
  })

  it('runs equal choices once', () => {
    expect(grid([{ path: 'seed', values: [1, 2, 1] }])).toHaveLength(2)
  })

  it('of more than 64 runs is refused before any of them is made', () => {
    const values = Array.from({ length: 13 }, (_, index) => index + 1)
    expect(() =>
      grid([
        { path: 'seed', values },
        { path: 'epochs', values: [1, 2, 3, 4, 5] },
      ]),
    ).toThrow('The grid has 65 runs, more than 64.')
  })

  it.each([
    [{ path: 'learningRates', values: [0.1] }, 'learningRates: runs of a sweep cannot differ in this'],
    [{ path: 'splitId', values: [1, 2] }, 'splitId: runs of a sweep cannot differ in this'],
    [{ path: 'combination', values: ['magic'] }, 'The run with combination=magic does not fit. combination'],
    [
      { path: 'optimiser.momentum', values: [0.9] },
      'The run with optimiser.momentum=0.9 does not fit. optimiser',
    ],
    [{ path: 'epochs', values: [0] }, 'The run with epochs=0 does not fit. epochs'],
    [{ path: 'arch.depth', values: [18] }, 'The run with arch.depth=18'],
  ])('names what does not fit: %j', (axis, message) => {
    expect(() => grid([axis])).toThrow(message)
  })
})

describe('random draws', () => {
  const draws = (seed: number, count = 20) =>
    plan({
      kind: 'random',
      draws: count,
      seed,
      axes: [
        { path: 'learningRate', low: 1e-5, high: 1e-1, scale: 'log' },
        { path: 'batchSize', low: 8, high: 64, isWhole: true },
        { path: 'schedule', values: ['cosine', 'one-cycle'] },
      ],
    }).map(({ config }) => config)

  it('are the same for the same seed, and others for another', () => {
    expect(draws(3)).toEqual(draws(3))
    expect(draws(3)).not.toEqual(draws(4))
  })

  it('stay within their bounds, whole where asked, whatever the seed', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        for (const { learningRate, batchSize } of draws(seed, 3)) {
          expect(learningRate).toBeGreaterThanOrEqual(1e-5)
          expect(learningRate).toBeLessThanOrEqual(1e-1)
          expect(Number.isInteger(batchSize) && batchSize >= 8 && batchSize <= 64).toBe(true)
        }
      }),
      { numRuns: 30 },
    )
  })

  it('of a logarithmic range fall evenly over its decades', () => {
    const below = draws(1, 64).filter(({ learningRate }) => learningRate < 1e-3)
    expect(below.length).toBeGreaterThan(64 / 4)
    expect(below.length).toBeLessThan((64 * 3) / 4)
  })

  it('do not change when another axis is added', () => {
    const one = (axes: SweepPlanInput['axes']) => {
      const [run] = plan({ kind: 'random', draws: 1, axes: [...axes] })
      return run?.config.learningRate
    }
    const rate = { path: 'learningRate', low: 0.001, high: 0.1 } as const
    expect(one([rate])).toBe(one([{ path: 'seed', values: [1, 2, 3] }, rate]))
  })

  it('refuse bounds the wrong way round, and a logarithm of nothing', () => {
    const range = (low: number, high: number) =>
      sweepPlan.safeParse({
        kind: 'random',
        draws: 1,
        axes: [{ path: 'learningRate', low, high, scale: 'log' }],
      })
    expect(range(0.1, 0.01).success).toBe(false)
    expect(range(0, 0.01).success).toBe(false)
    expect(range(0.001, 0.01).success).toBe(true)
  })
})

describe('the difference between configurations', () => {
  it('names each choice that differs, and where one does not apply', () => {
    const sgd = configOf({ optimiser: { kind: 'sgd' }, clipNorm: 1, name: 'Other' })
    expect(diffChoices([base, sgd])).toEqual([
      { path: 'optimiser.kind', title: 'Optimiser', values: ['adamw', 'sgd'] },
      { path: 'optimiser.momentum', title: 'Momentum', values: [null, '0.9'] },
      { path: 'optimiser.nesterov', title: 'Nesterov', values: [null, 'no'] },
      { path: 'optimiser.beta1', title: 'Beta 1', values: ['0.9', null] },
      { path: 'optimiser.beta2', title: 'Beta 2', values: ['0.999', null] },
      { path: 'optimiser.epsilon', title: 'Epsilon', values: ['1e-8', null] },
      { path: 'clipNorm', title: 'Gradient clipping', values: ['none', '1'] },
    ])
  })

  it('is none between equal ones', () => {
    expect(diffChoices([base, configOf({ name: 'Another name' })])).toEqual([])
  })

  it('has words for every choice', () => {
    const kinds = [
      {},
      { age: { target: 'years' }, optimiser: { kind: 'sgd' }, combination: { kind: 'fixed', weights: {} } },
      { combination: { kind: 'dwa' } },
    ]
    const paths = kinds.flatMap((choices) => [...listChoices(configOf(choices)).keys()])
    expect(paths.filter((path) => titleOfChoice(path) === path)).toEqual([])
  })
})

describe('setting a choice', () => {
  it('keeps the fields of a kind that stays, and drops those of one that goes', () => {
    const slow = configOf({ combination: { kind: 'dwa', temperature: 5 } })
    expect(setChoice(slow, 'combination', 'dwa')).toEqual(slow)
    expect(setChoice(slow, 'combination.kind', 'sum')['combination']).toEqual({ kind: 'sum' })
  })
})
