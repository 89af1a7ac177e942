import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { temper } from '#shared/domain/temper.ts'
import { fitTemperature } from '#engine/assessment/evaluation/domain/fit-temperature.ts'

const golden = z
  .object({
    probabilities: z.array(z.number()),
    labels: z.int(),
    labelled: z.array(z.int()),
    clusters: z.array(z.int()),
    temperature: z.number(),
    low: z.number(),
    high: z.number(),
    ownLoss: z.number(),
    loss: z.number(),
  })
  .parse(
    JSON.parse(
      readFileSync(new URL('../../../../../oracles/golden/temperature.json', import.meta.url), 'utf8'),
    ),
  )

const given = { ...golden, probabilities: Float32Array.from(golden.probabilities) }

describe('a temperature', () => {
  it('is the one that makes labels likeliest, with its interval, as scipy finds them', () => {
    const fitted = fitTemperature(given)
    expect(fitted?.n).toBe(240)
    expect(fitted?.temperature).toBeCloseTo(golden.temperature, 5)
    expect(fitted?.low).toBeCloseTo(golden.low, 4)
    expect(fitted?.high).toBeCloseTo(golden.high, 4)
    expect(fitted?.ownLoss).toBeCloseTo(golden.ownLoss, 6)
    expect(fitted?.loss).toBeCloseTo(golden.loss, 6)
  })

  it('leaves out images without a label or without probabilities', () => {
    const labelled = golden.labelled.map((label, image) => (image < 10 ? -1 : label))
    const probabilities = given.probabilities.slice().fill(Number.NaN, 40, 44)
    expect(fitTemperature({ ...given, labelled, probabilities })?.n).toBe(229)
  })

  it('is not told of few images, nor where all answers are right', () => {
    expect(fitTemperature({ ...given, labelled: golden.labelled.slice(0, 99) })).toBeNull()
    const right = golden.labelled.map((_, image) => {
      const own = golden.probabilities.slice(image * 4, image * 4 + 4)
      return own.indexOf(Math.max(...own))
    })
    expect(fitTemperature({ ...given, labelled: right })).toBeNull()
  })

  it('moves probabilities as dividing logits does', () => {
    const tempered = temper({ a: 0.9, b: 0.1, c: 0 }, 2)
    expect(tempered['a']).toBeCloseTo(3 / 4, 12)
    expect(tempered['b']).toBeCloseTo(1 / 4, 12)
    expect(tempered['c']).toBe(0)
    expect(temper({ a: 0.7, b: 0.3 }, 1)).toEqual({ a: 0.7, b: 0.3 })
  })
})
