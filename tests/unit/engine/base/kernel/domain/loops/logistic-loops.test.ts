import { describe, expect, it } from 'vitest'
import { openLogisticLoops } from '#engine/base/kernel/domain/loops/logistic-loops.ts'
import { createRandom } from '#engine/base/kernel/random.ts'

/** As the loops' file says, one product after the other. */
function findPlainLogits(values: Float32Array, weights: Float64Array, row: number, dimensions: number) {
  const first = row * dimensions
  return (k: number): number => {
    const base = k * (dimensions + 1)
    let logit = weights[base + dimensions] ?? 0
    for (let j = 0; j < dimensions; j++) logit += (weights[base + j] ?? 0) * (values[first + j] ?? 0)
    return logit
  }
}

describe('the loops of logistic regression', () => {
  it.each([
    [1, 2, 1],
    [2, 7, 9],
    [37, 3, 6],
    [128, 9, 258],
    [128, 4, 7],
  ])('give the bits of the plain sums: %i dimensions, %i classes, %i rows', (dimensions, classes, rows) => {
    const random = createRandom(1, [dimensions, classes, rows].map(String))
    // What a former fit has left behind must not show.
    openLogisticLoops(dimensions + 5, classes + 3).shares.fill(1e9)
    const loops = openLogisticLoops(dimensions, classes)
    const count = Math.min(rows, loops.stripRows)
    const values = Float32Array.from({ length: count * dimensions }, () => random.normal())
    const weights = Float64Array.from({ length: classes * (dimensions + 1) }, () => random.normal())
    loops.values.set(values)
    for (let k = 0; k < classes; k++)
      for (let j = 0; j <= dimensions; j++)
        loops.weights[j * loops.lanes + k] = weights[k * (dimensions + 1) + j] ?? NaN
    loops.findLogits(count)
    const gradient = new Float64Array(weights.length)
    for (let row = 0; row < count; row++) {
      const plain = findPlainLogits(values, weights, row, dimensions)
      for (let k = 0; k < classes; k++) {
        expect(loops.shares[row * loops.lanes + k]).toBe(plain(k))
        for (let j = 0; j <= dimensions; j++) {
          const at = k * (dimensions + 1) + j
          const value = j === dimensions ? 1 : (values[row * dimensions + j] ?? NaN)
          gradient[at] = (gradient[at] ?? 0) + plain(k) * value
        }
      }
    }
    loops.shares.fill(0, count * loops.lanes)
    loops.addGradient(count)
    for (let k = 0; k < classes; k++)
      for (let j = 0; j <= dimensions; j++)
        expect(loops.gradient[j * loops.lanes + k]).toBe(gradient[k * (dimensions + 1) + j])
  })
})
