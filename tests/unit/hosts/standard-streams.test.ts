import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { guardStandardStreams } from '../../../src/main/hosts/standard-streams.ts'

const failure = (code: string): Error => Object.assign(new Error(code), { code })

describe('standard output and standard error', () => {
  it('end nothing when their reader has gone, which is no loss', () => {
    const [stdout, stderr] = [new EventEmitter(), new EventEmitter()]
    using streams = guardStandardStreams({ stdout, stderr })
    stdout.emit('error', failure('EPIPE'))
    stderr.emit('error', failure('EPIPE'))
    stderr.emit('error', failure('ENOSPC'))
    expect(streams.lost()).toBeNull()
  })

  it('tell why a result was lost, by the first reason', () => {
    const [stdout, stderr] = [new EventEmitter(), new EventEmitter()]
    using streams = guardStandardStreams({ stdout, stderr })
    const full = failure('ENOSPC')
    stdout.emit('error', full)
    stdout.emit('error', failure('ERR_STREAM_DESTROYED'))
    expect(streams.lost()).toBe(full)
  })
})
