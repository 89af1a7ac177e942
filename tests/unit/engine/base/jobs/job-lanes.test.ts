import { describe, expect, it } from 'vitest'
import { jobId } from '#shared/contract/base.contract.ts'
import { jobKind, type JobKind } from '#shared/contract/job.contract.ts'
import { findHindrance, findNext, type LanedJob } from '#engine/base/jobs/job-lanes.ts'

const lane = (id: number, kind: JobKind): LanedJob => ({ id: jobId.parse(id), kind })
const training = lane(1, 'train')
const nothing = { running: [], ahead: [] }

describe('lanes of jobs', () => {
  it.each(['split', 'evaluate', 'export'] as const)('%s runs beside a training and beside a scan', (kind) => {
    for (const heavy of ['train', 'scan'] as const)
      expect(findHindrance(lane(2, kind), [lane(1, heavy)], [lane(3, 'embed')])).toEqual(nothing)
  })

  it('each holds one job at a time', () => {
    expect(findHindrance(lane(2, 'scan'), [training], [])).toEqual({ running: [1], ahead: [] })
    expect(findHindrance(lane(2, 'export'), [lane(1, 'split')], [])).toEqual({ running: [1], ahead: [] })
  })

  it.each(['erase', 'integrity'] as const)('%s runs beside nothing, and nothing beside it', (alone) => {
    for (const kind of jobKind.options) {
      expect(findHindrance(lane(2, alone), [lane(1, kind)], []).running).toEqual([1])
      expect(findHindrance(lane(2, kind), [lane(1, alone)], []).running).toEqual([1])
    }
  })

  it('a split waits for the import that was asked for before it, and for none that comes after', () => {
    const [split, more] = [lane(2, 'split'), lane(3, 'import')]
    expect(findHindrance(split, [lane(1, 'import')], []).running).toEqual([1])
    expect(findHindrance(split, [training], [lane(4, 'sample')]).ahead).toEqual([4])
    expect(findNext([split, more], [])).toEqual(split)
    expect(findNext([more], [split])).toEqual(more)
  })

  it('light work passes an erasure that waits for a training; heavy work does not', () => {
    const [erasure, split, scan] = [lane(2, 'erase'), lane(3, 'split'), lane(4, 'scan')]
    expect(findNext([erasure, split, scan], [training])).toEqual(split)
    expect(findNext([erasure, split, scan], [lane(5, 'evaluate')])).toBeUndefined()
    expect(findHindrance(scan, [training], [erasure])).toEqual({ running: [1], ahead: [2] })
  })
})
