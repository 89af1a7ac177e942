import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  chooseImageCodec,
  createCodecProbe,
  type CodecChoice,
} from '#engine/base/media/choose-image-codec.ts'
import { locateWorkers } from '#engine/base/threads/worker-locator.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { createMemoryLogger } from '#tests/fixtures/logs.ts'

const logger = createMemoryLogger()
const neverAsked: CodecChoice['probe'] = () => Promise.reject(new Error('the probe was asked'))

test('outside Electron, and in Electron on Windows and macOS, the codec is native without a probe', async () => {
  const common = { userDataFolder: '/nowhere', logger, probe: neverAsked }
  const electron = { electron: '45.4.1', node: '24.21.0' }
  const choices = [
    { platform: 'linux', versions: { node: '24.21.0' } },
    { platform: 'win32', versions: electron },
    { platform: 'darwin', versions: electron },
  ] as const
  for (const choice of choices) {
    expect((await chooseImageCodec({ ...common, ...choice })).name).toBe('sharp')
  }
})

test('in Electron on Linux the probe decides, once for each Electron version', async () => {
  using folder = makeTemporaryFolder()
  let asked = 0
  const answers = [
    { isSafe: false, detail: 'ended by SIGTRAP' },
    { isSafe: true, detail: 'exit status 0' },
  ]
  const choose = (electron: string) =>
    chooseImageCodec({
      platform: 'linux',
      versions: { electron, node: '24.21.0' },
      userDataFolder: folder.path,
      logger,
      probe: () => Promise.resolve(answers[asked++] ?? { isSafe: false, detail: 'asked too often' }),
    })
  const first = await choose('45.0.0')
  expect(first).toEqual({
    name: 'sharp-wasm',
    reason: 'WebAssembly, because the native library failed under Electron: ended by SIGTRAP.',
  })
  expect(await choose('45.0.0')).toEqual(first)
  expect(await choose('45.4.1')).toEqual({
    name: 'sharp',
    reason: 'Native: a child process of Electron 45.4.1 decoded without trouble.',
  })
  expect(asked).toBe(2)
  expect(JSON.parse(readFileSync(join(folder.path, 'image-codec.json'), 'utf8'))).toMatchObject({
    content: { name: 'sharp' },
  })
})

test('a damaged verdict is no verdict', async () => {
  using folder = makeTemporaryFolder()
  writeFileSync(join(folder.path, 'image-codec.json'), '{"key":')
  const { name } = await chooseImageCodec({
    platform: 'linux',
    versions: { electron: '45.0.0' },
    userDataFolder: folder.path,
    logger,
    probe: () => Promise.resolve({ isSafe: true, detail: '' }),
  })
  expect(name).toBe('sharp')
})

test('a verdict holds, and is told in the log, when it cannot be kept for the next start', async () => {
  using folder = makeTemporaryFolder()
  const inTheWay = join(folder.path, 'a file')
  writeFileSync(inTheWay, '')
  const log = createMemoryLogger()
  const { name } = await chooseImageCodec({
    platform: 'linux',
    versions: { electron: '45.0.0' },
    userDataFolder: join(inTheWay, 'user'),
    logger: log,
    probe: () => Promise.resolve({ isSafe: true, detail: '' }),
  })
  expect(name).toBe('sharp')
  expect(log.lines).toMatchObject([{ level: 'warn', details: { cause: expect.stringContaining(inTheWay) } }])
})

test('where no probe can run, Electron on Linux gets WebAssembly and says why', async () => {
  expect(
    await chooseImageCodec({
      platform: 'linux',
      versions: { electron: '45.0.0' },
      userDataFolder: '/nowhere',
      logger,
      probe: null,
    }),
  ).toEqual({
    name: 'sharp-wasm',
    reason:
      'WebAssembly, because Electron on Linux can clash with the native library and it could not be probed here.',
  })
})

test('the probe runs the native codec in a process of its own', async () => {
  const probe = createCodecProbe(
    locateWorkers(new URL('../../../../../src/main/cli.ts', import.meta.url).href),
  )
  expect(await probe?.()).toEqual({ isSafe: true, detail: 'exit status 0' })
})

test('a probe that cannot start is a failed probe', async () => {
  const probe = createCodecProbe(locateWorkers('file:///nowhere/cli.js'))
  expect(await probe?.()).toMatchObject({ isSafe: false })
})
