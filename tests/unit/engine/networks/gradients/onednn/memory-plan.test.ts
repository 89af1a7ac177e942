import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MemoryPlan } from '#engine/networks/gradients/onednn/memory-plan.ts'
import type { Region } from '#engine/networks/gradients/onednn/memory-plan.ts'

describe('the memory plan', () => {
  it('never gives two living tensors a common byte, and ends where the highest of them ended', () => {
    const turns = fc.array(fc.oneof(fc.nat(500), fc.record({ released: fc.nat(30) })), { maxLength: 120 })
    fc.assert(
      fc.property(turns, (list) => {
        const plan = new MemoryPlan()
        const living: Region[] = []
        let highest = 0
        const takeOne = (bytes: number): boolean => {
          const region = plan.take(bytes)
          const isApart = living.every(
            ({ offset, bytes: size }) =>
              offset + size <= region.offset || region.offset + region.bytes <= offset,
          )
          living.push(region)
          highest = Math.max(highest, region.offset + region.bytes)
          return isApart && region.offset % 64 === 0 && region.bytes >= bytes
        }
        const releaseOne = (index: number): boolean => {
          const [region] = living.splice(index % Math.max(1, living.length), 1)
          if (region !== undefined) plan.release(region)
          return true
        }
        for (const turn of list)
          expect(typeof turn === 'number' ? takeOne(turn) : releaseOne(turn.released)).toBe(true)
        expect(plan.bytes).toBe(highest)
      }),
    )
  })

  it('uses a place again, whole once its neighbours are free as well', () => {
    const plan = new MemoryPlan()
    const [first, second, third] = [plan.take(64), plan.take(64), plan.take(64)]
    plan.release(first)
    plan.release(second)
    expect(plan.take(128)).toEqual({ offset: 0, bytes: 128 })
    plan.release(third)
    expect(plan.take(640).offset).toBe(128)
    expect(plan.bytes).toBe(768)
  })
})
