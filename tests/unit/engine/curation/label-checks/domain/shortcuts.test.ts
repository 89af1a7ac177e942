import { describe, expect, it } from 'vitest'
import {
  estimateBalancedAccuracy,
  predictFromProperties,
} from '#engine/curation/label-checks/domain/shortcuts.ts'
import { createRandom } from '#engine/base/kernel/random.ts'

const images = 600
const random = createRandom(4)
/** One label in five is the second; brightness gives it away at both ends, size says nothing. */
const labels = Int32Array.from({ length: images }, () => (random.float() < 0.2 ? 1 : 0))
const values = Float32Array.from({ length: images * 2 }, (_, at) => {
  const isSecond = labels[Math.floor(at / 2)] === 1
  if (at % 2 === 1) return random.normal()
  return isSecond ? (random.float() < 0.5 ? -3 : 3) + random.normal() / 2 : random.normal() / 2
})
const task = {
  properties: { dimensions: 2, values },
  labels,
  classes: 2,
  foldOf: Uint8Array.from(labels, (_, at) => at % 5),
  folds: 5,
  onStep: () => undefined,
}

describe('shortcuts', () => {
  it('are seen in a property that is telling at both ends, whatever the size of the classes', () => {
    const { value, low } = predictFromProperties(task, [0])
    expect(value).toBeGreaterThan(0.95)
    expect(low).toBeGreaterThan(0.6)
  })

  it('are not seen where there are none: the interval holds chance', () => {
    const { low, high } = predictFromProperties(task, [1])
    expect(low).toBeLessThan(0.5)
    expect(high).toBeGreaterThan(0.5)
  })

  it('are measured by the mean recall, with a width even where all is right', () => {
    const given = Int32Array.of(0, 0, 0, 0, 1, 1)
    const { value, low, high, n } = estimateBalancedAccuracy(given, Int32Array.of(0, 0, 0, 1, 1, 1), 2)
    expect([value, n]).toEqual([0.875, 6])
    expect(low).toBeLessThan(0.875)
    expect(high).toBe(1)
    expect(estimateBalancedAccuracy(given, given, 2).low).toBeLessThan(1)
  })
})
