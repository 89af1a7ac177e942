import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import type * as fsPromises from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { writeFileAtomically } from '#engine/base/kernel/atomic-file.ts'
import { writeNewFile } from '#engine/base/kernel/write-new-file.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'

/** What the disk refuses, by the system's code; and what happens between two calls of it. */
const disk = vi.hoisted(() => ({
  link: null as string | null,
  rename: null as string | null,
  syncFolder: null as string | null,
  beforeLink: (): void => undefined,
  beforeRename: (): void => undefined,
  refused: [] as string[],
}))

vi.mock('node:fs/promises', async (importOriginal) => {
  const real = await importOriginal<typeof fsPromises>()
  const refuse = (code: string | null, syscall: string): void => {
    if (code === null) return
    disk.refused.push(syscall)
    throw Object.assign(new Error(`${code}: ${syscall}`), { code, syscall })
  }
  return {
    ...real,
    link: async (from: string, to: string) => {
      disk.beforeLink()
      refuse(disk.link, 'link')
      return real.link(from, to)
    },
    rename: async (from: string, to: string) => {
      disk.beforeRename()
      refuse(disk.rename, 'rename')
      return real.rename(from, to)
    },
    open: async (path: string, flags: string) => {
      const handle = await real.open(path, flags)
      if (flags === 'r' && (await handle.stat()).isDirectory()) {
        const sync = handle.sync.bind(handle)
        handle.sync = async () => {
          refuse(disk.syncFolder, 'fsync')
          return sync()
        }
      }
      return handle
    },
  }
})

let folder: ReturnType<typeof makeTemporaryFolder>
let file: string

beforeEach(() => {
  folder = makeTemporaryFolder()
  file = join(folder.path, 'faces.csv')
})
afterEach(() => {
  Object.assign(disk, {
    link: null,
    rename: null,
    syncFolder: null,
    beforeLink: () => undefined,
    beforeRename: () => undefined,
    refused: [],
  })
  folder[Symbol.dispose]()
})

const chunks = ['image,race\n', '1,Black\n'].map((text) => Buffer.from(text))
const text = chunks.join('')
const written = { bytes: text.length, sha256: hashBytes(text) }
const names = (): string[] => readdirSync(folder.path)

/** On Linux, macOS and Windows, on FAT, exFAT, SMB and across what a container mounts. */
const refusals = [
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EXDEV',
  'EMLINK',
  'EISDIR',
  'EACCES',
  'UNKNOWN',
]

describe.each([null, ...refusals])('a new file, where a link answers %s', (refusal) => {
  beforeEach(() => {
    disk.link = refusal
  })

  it('is written whole, with nothing beside it', async () => {
    expect(await writeNewFile(file, chunks)).toEqual(written)
    expect(readFileSync(file, 'utf8')).toBe(text)
    expect(names()).toEqual(['faces.csv'])
    expect(disk.refused).toEqual(refusal === null ? [] : ['link'])
  })

  it('is fine when it is there already, and never takes the place of another', async () => {
    await writeNewFile(file, chunks)
    expect(await writeNewFile(file, chunks)).toEqual(written)
    writeFileSync(file, 'mine')
    await expect(writeNewFile(file, chunks)).rejects.toMatchObject({
      code: 'CONFLICT',
      details: { path: file },
    })
    expect(readFileSync(file, 'utf8')).toBe('mine')
    expect(names()).toEqual(['faces.csv'])
  })

  it('leaves an empty file of somebody alone', async () => {
    writeFileSync(file, '')
    await expect(writeNewFile(file, chunks)).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(readFileSync(file, 'utf8')).toBe('')
  })

  it('is refused where a folder has the name', async () => {
    mkdirSync(file)
    await expect(writeNewFile(file, chunks)).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(names()).toEqual(['faces.csv'])
  })

  it('that comes from two at once is written once', async () => {
    const other = [Buffer.from('other')]
    const outcomes = await Promise.allSettled([writeNewFile(file, chunks), writeNewFile(file, other)])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const winner = outcomes[0].status === 'fulfilled' ? text : 'other'
    expect(readFileSync(file, 'utf8')).toBe(winner)
    expect(names()).toEqual(['faces.csv'])
  })

  it('whose making fails leaves nothing behind', async () => {
    async function* fail() {
      yield Buffer.from('image')
      await Promise.reject(new Error('no more rows'))
    }
    await expect(writeNewFile(file, fail())).rejects.toThrow('no more rows')
    expect(names()).toEqual([])
  })
})

describe('a name as long as the disk takes', () => {
  it.each([
    ['a new file', (path: string) => writeNewFile(path, [Buffer.from('x')])],
    ['a file of its own', (path: string) => writeFileAtomically(path, 'x')],
  ])('is written as %s, and one longer is refused for its name', async (_what, write) => {
    using own = makeTemporaryFolder()
    const longest = 'n'.repeat(255)
    await write(join(own.path, longest))
    expect(readdirSync(own.path)).toEqual([longest])
    await expect(write(join(own.path, `${longest}n`))).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('the name is too long'),
    })
    expect(readdirSync(own.path)).toEqual([longest])
  })
})

describe('a file that comes while another is written', () => {
  it('is left alone where links are to be had', async () => {
    disk.beforeLink = () => writeFileSync(file, 'mine')
    await expect(writeNewFile(file, chunks)).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(readFileSync(file, 'utf8')).toBe('mine')
  })

  it('is left alone where they are not', async () => {
    disk.link = 'EPERM'
    disk.beforeLink = () => writeFileSync(file, 'mine')
    await expect(writeNewFile(file, chunks)).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(readFileSync(file, 'utf8')).toBe('mine')
    expect(names()).toEqual(['faces.csv'])
  })
})

describe('a name that cannot be given', () => {
  it('is not left behind as an empty file', async () => {
    disk.link = 'EPERM'
    disk.rename = 'ENOSPC'
    await expect(writeNewFile(file, chunks)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: `Cannot write ${file}: the disk is full. Free some space, then try again.`,
    })
    expect(names()).toEqual([])
  })

  it('is not taken from a program that replaced the empty file meanwhile', async () => {
    disk.link = 'EPERM'
    disk.rename = 'EACCES'
    disk.beforeRename = () => writeFileSync(file, 'theirs')
    await expect(writeNewFile(file, chunks)).rejects.toMatchObject({ code: 'PRECONDITION' })
    expect(readFileSync(file, 'utf8')).toBe('theirs')
  })
})

describe('a disk that cannot flush a folder', () => {
  it.each(['EINVAL', 'ENOTSUP', 'EBADF', 'EPERM'])('still takes files (%s)', async (code) => {
    disk.syncFolder = code
    expect(await writeNewFile(file, chunks)).toEqual(written)
    await writeFileAtomically(file, 'replaced')
    expect(readFileSync(file, 'utf8')).toBe('replaced')
    expect(disk.refused).toEqual(['fsync', 'fsync'])
  })

  it('whose fault it is says so', async () => {
    disk.syncFolder = 'EIO'
    await expect(writeFileAtomically(file, 'one')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })
})
