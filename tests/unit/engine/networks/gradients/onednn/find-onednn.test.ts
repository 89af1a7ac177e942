import { mkdirSync, realpathSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { describeAbsence, findOnednn, identifyOnednn } from '#engine/networks/gradients/onednn/find-onednn.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'

const linux = (environment: NodeJS.ProcessEnv) =>
  ({ platform: 'linux', arch: 'x64', environment, processor: 'A processor' }) as const

describe('finding oneDNN', () => {
  it('takes the file behind the link in a named folder, in one that conda has activated, or named itself', () => {
    using folder = makeTemporaryFolder()
    const lib = join(folder.path, 'lib')
    mkdirSync(lib)
    const file = join(realpathSync(lib), 'libdnnl.so.2.6')
    writeFileSync(file, '')
    symlinkSync('libdnnl.so.2.6', join(lib, 'libdnnl.so.2'))
    expect(findOnednn(linux({ EVENHAND_ONEDNN: lib }))).toBe(file)
    expect(findOnednn(linux({ CONDA_PREFIX: folder.path }))).toBe(file)
    expect(findOnednn(linux({ EVENHAND_ONEDNN: file }))).toBe(file)
    expect(findOnednn(linux({ EVENHAND_ONEDNN: join(lib, 'libdnnl.so.2') }))).toBe(file)
  })

  it('finds nothing beside the folder that was named, and says which that was', () => {
    using folder = makeTemporaryFolder()
    const machine = linux({ EVENHAND_ONEDNN: folder.path })
    expect(findOnednn(machine)).toBeNull()
    expect(describeAbsence(machine)).toContain(folder.path)
  })

  it('takes the newest of several, and nothing of an interface that it does not know', () => {
    using folder = makeTemporaryFolder()
    const machine = linux({ EVENHAND_ONEDNN: folder.path })
    for (const name of ['libdnnl.so.1', 'libdnnl.so', 'libdnnl.so.4'])
      writeFileSync(join(folder.path, name), '')
    expect(findOnednn(machine)).toBeNull()
    for (const name of ['libdnnl.so.2.6', 'libdnnl.so.3.6', 'libdnnl.so.3.10'])
      writeFileSync(join(folder.path, name), '')
    expect(findOnednn(machine)).toBe(join(realpathSync(folder.path), 'libdnnl.so.3.10'))
  })

  it('looks for the names of each platform', () => {
    using folder = makeTemporaryFolder()
    const environment = { EVENHAND_ONEDNN: folder.path }
    for (const [platform, name] of [
      ['darwin', 'libdnnl.3.dylib'],
      ['win32', 'dnnl.dll'],
    ] as const) {
      writeFileSync(join(folder.path, name), '')
      expect(findOnednn({ ...linux(environment), platform, arch: 'arm64' })).toBe(
        join(realpathSync(folder.path), name),
      )
    }
  })

  it('passes over a link to a library that is gone', () => {
    using folder = makeTemporaryFolder()
    symlinkSync('libdnnl.so.2.6', join(folder.path, 'libdnnl.so.2'))
    expect(findOnednn(linux({ EVENHAND_ONEDNN: folder.path }))).toBeNull()
  })
})

describe('what a test of oneDNN holds for', () => {
  it('is one file by whatever name, until it or the processor changes', () => {
    using folder = makeTemporaryFolder()
    const [file, link] = [join(folder.path, 'libdnnl.so.2.6'), join(folder.path, 'library')]
    writeFileSync(file, 'one')
    symlinkSync(file, link)
    const machine = linux({ EVENHAND_ONEDNN: file })
    const first = identifyOnednn(machine)
    expect(identifyOnednn(linux({ EVENHAND_ONEDNN: link }))).toBe(first)
    const identities = [first, identifyOnednn({ ...machine, processor: 'Another processor' })]
    utimesSync(file, 1, 1)
    identities.push(identifyOnednn(machine))
    writeFileSync(file, 'another')
    utimesSync(file, 1, 1)
    identities.push(identifyOnednn(machine))
    rmSync(file)
    identities.push(identifyOnednn(machine))
    expect(new Set(identities).size).toBe(5)
  })
})
