import { describe, expect, it } from 'vitest'
import { jobSnapshot, type JobSnapshot } from '#shared/contract/job.contract.ts'
import { ProgressLine } from '../../../../src/main/hosts/cli/progress-line.ts'

function makeJob(change: Partial<JobSnapshot> = {}): JobSnapshot {
  return {
    ...jobSnapshot.parse({
      id: 1,
      kind: 'import',
      title: 'Import faces',
      state: 'running',
      phase: 'Reading images',
      done: 1234,
      total: 5894,
      rate: 310.4,
      remainingSeconds: 15,
      message: null,
      error: null,
      result: null,
      createdAt: '2026-01-01T00:00:00.000Z',
      startedAt: null,
      finishedAt: null,
    }),
    ...change,
  }
}

function createSink(isTTY: boolean) {
  const written: string[] = []
  return { written, isTTY, columns: 40, write: (text: string) => written.push(text) }
}

describe('progress', () => {
  it('is one line on a terminal, cut to its width and wiped at the end', () => {
    const sink = createSink(true)
    const line = new ProgressLine({ sink, now: () => 0 })
    line.show(makeJob())
    line.show(makeJob({ done: 1300 }))
    line.end()
    expect(sink.written).toEqual([
      '\r\u001B[2KImport faces: Reading images 1,234 / 5,',
      '\r\u001B[2KImport faces: Reading images 1,300 / 5,',
      '\r\u001B[2K',
    ])
  })

  it('is a plain line every few seconds, and at each phase, elsewhere', () => {
    const sink = createSink(false)
    let now = 0
    const line = new ProgressLine({ sink, now: () => now })
    line.show(makeJob())
    now = 1_000
    line.show(makeJob({ done: 1500 }))
    line.show(makeJob({ phase: 'Storing', done: 0, rate: null, remainingSeconds: null }))
    now = 4_500
    line.show(makeJob({ phase: 'Storing', done: 10, rate: 2.34, remainingSeconds: 3_700 }))
    line.end()
    expect(sink.written).toEqual([
      'Import faces: Reading images 1,234 / 5,894 · 310/s · 15 s left\n',
      'Import faces: Storing 0 / 5,894\n',
      'Import faces: Storing 10 / 5,894 · 2.3/s · 1 h 1 min left\n',
    ])
  })
})
