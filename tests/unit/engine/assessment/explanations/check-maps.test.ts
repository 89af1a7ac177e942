import { describe, expect, it } from 'vitest'
import { mapChecks } from '#shared/contract/explanation.contract.ts'
import { measureSensitivity } from '#engine/assessment/explanations/check-maps.ts'

describe('the sensitivity of a map', () => {
  const map = Float64Array.of(3, 4)
  const noisy = [Float64Array.of(3, 4), Float64Array.of(6, 8)]

  it('is the farthest map of a noisy picture over the size of the map, and of the picture', () => {
    const { change, perInput, pictures } = measureSensitivity(map, noisy, Uint8Array.of(255, 0, 0))
    expect({ change, perInput, pictures }).toEqual({ change: 1, perInput: 5, pictures: 2 })
  })

  it('has no share of the picture where that is all black', () => {
    const measured = measureSensitivity(map, noisy, new Uint8Array(3))
    expect(measured.perInput).toBeNull()
    expect(mapChecks.shape.sensitivity.parse(measured)).toEqual(measured)
  })
})
