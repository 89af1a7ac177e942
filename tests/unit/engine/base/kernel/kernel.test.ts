import { readFileSync, writeFileSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import * as fc from 'fast-check'
import * as z from 'zod'
import { describe, expect, it, vi } from 'vitest'
import { AppError } from '#shared/contract/errors.ts'
import { writeFileAtomically } from '#engine/base/kernel/atomic-file.ts'
import { describeFailure } from '#engine/base/kernel/describe-failure.ts'
import { hashBytes, hashCanonical, toCanonicalJson } from '#engine/base/kernel/hash.ts'
import { hashFile } from '#engine/base/kernel/hash-file.ts'
import { createLogger } from '#engine/base/kernel/logger.ts'
import { mapInOrder } from '#engine/base/kernel/map-in-order.ts'
import { parseInput } from '#engine/base/kernel/parse-input.ts'
import { resolveUserDataFolder } from '#engine/base/kernel/paths.ts'
import { createRandom } from '#engine/base/kernel/random.ts'
import { mapSystemError } from '#engine/base/kernel/system-error.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { createMemoryLogger } from '#tests/fixtures/logs.ts'

const draw = (seed: number, path: (string | number)[] = []) => {
  const random = createRandom(seed, path)
  return Array.from({ length: 20 }, () => random.int(0, 1_000_000))
}

describe('seeded random numbers', () => {
  it('are the same for the same seed and path, and others for any other', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), fc.string(), (seed, other, name) => {
        fc.pre(seed !== other)
        expect(draw(seed, [name])).toEqual(draw(seed, [name]))
        expect(draw(seed, [name])).not.toEqual(draw(other, [name]))
        expect(draw(seed, [name])).not.toEqual(draw(seed, [name, 1]))
      }),
      { numRuns: 50 },
    )
  })

  it('never change from one version to the next', () => {
    const random = createRandom(1, ['epoch', 3])
    expect([random.int(1, 6), random.int(0, 4_294_967_295), random.float(), random.shuffle([1, 2, 3, 4, 5])])
      .toMatchInlineSnapshot(`
        [
          4,
          1807704720,
          0.03272930928414919,
          [
            4,
            1,
            5,
            3,
            2,
          ],
        ]
      `)
  })

  it('shuffle into a permutation', () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(fc.integer()), (seed, items) => {
        const shuffled = createRandom(seed).shuffle([...items])
        expect(shuffled.toSorted((a, b) => a - b)).toEqual(items.toSorted((a, b) => a - b))
      }),
    )
  })

  it('give each of the six orders of three things equally often (chi-square below its 0.1 % point)', () => {
    const random = createRandom(7)
    const counts = new Map<string, number>()
    for (let round = 0; round < 6000; round++) {
      const order = random.shuffle(['a', 'b', 'c']).join('')
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)
    expect([counts.size, chiSquare < 20.515]).toEqual([6, true])
  })

  it('are standard normal where asked', () => {
    const random = createRandom(3)
    const values = Array.from({ length: 20_000 }, () => random.normal())
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
    expect([Math.abs(mean) < 0.03, Math.abs(variance - 1) < 0.05]).toEqual([true, true])
  })
})

describe('hashes', () => {
  it('of content do not depend on the order of keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (content) => {
        const reversed = Object.fromEntries(Object.entries(content).toReversed())
        expect(hashCanonical(reversed)).toBe(hashCanonical(content))
      }),
    )
  })

  it('leave out what is undefined and refuse what JSON cannot hold', () => {
    expect(toCanonicalJson({ b: [1, { d: null, c: 'é' }], a: undefined })).toBe(
      '{"b":[1,{"c":"é","d":null}]}',
    )
    expect(() => toCanonicalJson({ a: [0, NaN] })).toThrow('value.a[1] is NaN')
    expect(() => toCanonicalJson({ a: 1n })).toThrow('value.a is a bigint')
  })

  it('of a file are those of its bytes (FIPS 180-2 example)', async () => {
    using folder = makeTemporaryFolder()
    const file = join(folder.path, 'abc')
    writeFileSync(file, 'abc')
    const expected = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
    expect([await hashFile(file), hashBytes('abc')]).toEqual([expected, expected])
  })
})

describe('writing a file', () => {
  it('makes missing folders, replaces the old content, and leaves no temporary file', async () => {
    using folder = makeTemporaryFolder()
    const file = join(folder.path, 'a', 'b', 'note.txt')
    await writeFileAtomically(file, 'one')
    await writeFileAtomically(file, 'two')
    expect([readFileSync(file, 'utf8'), readdirSync(join(folder.path, 'a', 'b'))]).toEqual([
      'two',
      ['note.txt'],
    ])
  })

  it('that fails keeps the old content, cleans up, and names the file', async () => {
    using folder = makeTemporaryFolder()
    const file = join(folder.path, 'note.txt')
    mkdirSync(join(file, 'in the way'), { recursive: true })
    await expect(writeFileAtomically(file, 'one')).rejects.toThrow(AppError)
    expect(readdirSync(folder.path)).toEqual(['note.txt'])
  })
})

describe('system errors', () => {
  const codes = {
    ENOENT: 'NOT_FOUND',
    EACCES: 'PRECONDITION',
    EPERM: 'PRECONDITION',
    EROFS: 'PRECONDITION',
    ENOSPC: 'UNAVAILABLE',
    EMFILE: 'UNAVAILABLE',
    EBUSY: 'CONFLICT',
    ENXIO: 'INVALID_INPUT',
    ERR_FS_FILE_TOO_LARGE: 'INVALID_INPUT',
    SQLITE_FULL: 'UNAVAILABLE',
    SQLITE_READONLY_DIRECTORY: 'PRECONDITION',
    SQLITE_CORRUPT_VTAB: 'PRECONDITION',
    SQLITE_NOTADB: 'PRECONDITION',
    SQLITE_BUSY_SNAPSHOT: 'CONFLICT',
    SQLITE_IOERR_WRITE: 'UNAVAILABLE',
  }

  it.each(Object.entries(codes))('%s becomes %s with the file, the reason and what to do', (reason, code) => {
    const cause = Object.assign(new Error('raw'), { code: reason })
    const mapped = mapSystemError(cause, { action: 'read', path: '/data/a.jpg' })
    expect(mapped).toMatchObject({ code, details: { path: '/data/a.jpg', reason }, cause })
    expect(String(mapped)).toMatch(/^AppError: Cannot read \/data\/a\.jpg: [a-z].*\. [A-Z].*\.$/)
  })

  it('that are not listed are told by their code, where it was the system that refused', () => {
    const cause = Object.assign(new Error('raw'), { code: 'EINVAL', syscall: 'open' })
    expect(mapSystemError(cause, { action: 'read', path: '/data/a.jpg' })).toMatchObject({
      code: 'PRECONDITION',
      message: 'Cannot read /data/a.jpg: the system refuses it (EINVAL). Check the path and the disk.',
    })
  })

  it('of any other kind stay as they are', () => {
    const context = { action: 'read', path: '/data/a.jpg' }
    const others = [
      new Error('raw'),
      'text',
      Object.assign(new Error('raw'), { code: 'ERR_ASSERTION' }),
      Object.assign(new Error('raw'), { code: 'EBADF', syscall: 'read' }),
      new AppError('CONFLICT', 'x'),
    ]
    for (const other of others) expect(mapSystemError(other, context)).toBe(other)
  })
})

describe('untrusted input', () => {
  it('is refused with the path of every bad field in words', () => {
    const schema = z.object({ ratios: z.array(z.number()), deep: z.object({ name: z.string() }) })
    expect(() => parseInput(schema, { ratios: [1, 'two'], deep: {} }, 'The split')).toThrow(
      expect.objectContaining({
        code: 'INVALID_INPUT',
        message: expect.stringMatching(/^The split does not fit\. ratios\[1\]: .*; deep\.name: /),
        details: { field: 'ratios[1]' },
      }),
    )
  })
})

describe('failures on their way out', () => {
  it('show an AppError as it is and of anything else only a reference into the log', () => {
    const logger = createMemoryLogger()
    expect(describeFailure(new AppError('CONFLICT', 'Taken.', { details: { id: 1 } }), logger, {})).toEqual({
      code: 'CONFLICT',
      message: 'Taken.',
      details: { id: 1 },
    })
    const cause = new Error('root cause')
    const shown = describeFailure(new Error('password is hunter2', { cause }), logger, {
      procedure: 'job.list',
    })
    expect(shown.message).not.toContain('hunter2')
    expect(logger.lines).toEqual([
      {
        level: 'error',
        message: 'Unexpected failure',
        details: {
          procedure: 'job.list',
          reference: shown.details['reference'],
          error: expect.stringMatching(/hunter2[^]*Caused by: Error: root cause/),
        },
      },
    ])
  })
})

describe('the log', () => {
  it('is one JSON line per entry in a file of the user, without secrets', () => {
    using folder = makeTemporaryFolder()
    const logs = join(folder.path, 'logs')
    createLogger({ folder: logs }).warn('Refused', {
      token: 'abc',
      request: { authorization: 'Bearer abc', path: '/x' },
    })
    const [line = '{}'] = readFileSync(join(logs, 'evenhand.log'), 'utf8').trim().split('\n')
    expect(JSON.parse(line)).toMatchObject({
      msg: 'Refused',
      token: '[Redacted]',
      request: { authorization: '[Redacted]', path: '/x' },
    })
  })

  it('goes to the terminal where its folder or its file cannot be written', () => {
    using folder = makeTemporaryFolder()
    const shown: string[] = []
    const terminal = vi
      .spyOn(process.stderr, 'write')
      .mockImplementation((text) => shown.push(String(text)) > 0)
    try {
      writeFileSync(join(folder.path, 'file'), '')
      createLogger({ folder: join(folder.path, 'file') }).error('no folder')
      const logger = createLogger({ folder: folder.path })
      mkdirSync(join(folder.path, 'evenhand.log'))
      logger.error('no file')
    } finally {
      terminal.mockRestore()
    }
    const messages = shown.map((line) => z.object({ msg: z.string() }).parse(JSON.parse(line)).msg)
    expect(messages).toEqual([
      'No log file can be written, so the log goes to the terminal',
      'no folder',
      'no file',
    ])
  })

  it('starts anew above five megabytes and keeps the one before', () => {
    using folder = makeTemporaryFolder()
    writeFileSync(join(folder.path, 'evenhand.log'), 'x'.repeat(5 * 1024 * 1024 + 1))
    createLogger({ folder: folder.path }).info('new')
    expect(readdirSync(folder.path).toSorted()).toEqual(['evenhand.log', 'evenhand.log.1'])
    expect(readFileSync(join(folder.path, 'evenhand.log'), 'utf8').trim().split('\n')).toHaveLength(1)
  })
})

describe('the user data folder', () => {
  it('is where EVENHAND_HOME says, or the place of the platform', () => {
    expect(resolveUserDataFolder({ EVENHAND_HOME: '/data/evenhand' })).toBe('/data/evenhand')
    expect(resolveUserDataFolder({ EVENHAND_HOME: '' })).toContain('evenhand')
  })
})

describe('working on several items at a time', () => {
  const never = new AbortController().signal

  it('keeps their order and never exceeds the limit', async () => {
    let inFlight = 0
    let most = 0
    const work = async (item: number) => {
      most = Math.max(most, ++inFlight)
      await delay((item * 7) % 5)
      inFlight--
      return item * 10
    }
    const results: (readonly [number, number])[] = []
    for await (const result of mapInOrder([0, 1, 2, 3, 4, 5, 6], { limit: 3, signal: never, work })) {
      results.push(result)
    }
    expect([results, most]).toEqual([[0, 1, 2, 3, 4, 5, 6].map((item) => [item, item * 10]), 3])
  })

  it('fails with the first failure in order, after those before it, and waits for the rest', async () => {
    const ended: number[] = []
    const seen: number[] = []
    const work = async (item: number) => {
      await delay(5 - item)
      ended.push(item)
      if (item === 2) throw new Error('two is bad')
      return item
    }
    const reading = async () => {
      for await (const [item] of mapInOrder([0, 1, 2, 3, 4], { limit: 4, signal: never, work }))
        seen.push(item)
    }
    await expect(reading()).rejects.toThrow('two is bad')
    expect(seen).toEqual([0, 1])
    expect(ended).toEqual(expect.arrayContaining([0, 1, 2, 3]))
  })
})
