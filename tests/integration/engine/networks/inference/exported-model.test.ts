import { copyFile, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { createOrtRuntime } from '#engine/base/runtime/adapters/ort.ts'
import type { InferenceRuntime } from '#engine/base/runtime/inference-session.ts'
import { ExportedModelCache } from '#engine/networks/inference/exported-model.ts'
import { flipByte } from '#tests/fixtures/one-byte.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { writeUntrainedModel } from '#tests/fixtures/untrained-model.ts'

const folder = makeTemporaryFolder()
const file = (name: string): string => join(folder.path, `${name}.onnx`)
const counts = { opened: 0, closed: 0, failures: 0 }

/** The real runtime, counted, that fails as often as it is told to. */
const runtime: InferenceRuntime = {
  ...createOrtRuntime(),
  createSession: async (model, options) => {
    if (counts.failures > 0) {
      counts.failures -= 1
      throw new Error('out of memory')
    }
    const session = await createOrtRuntime().createSession(model, options)
    counts.opened += 1
    const dispose = (): Promise<void> => {
      counts.closed += 1
      return session.dispose()
    }
    return { ...session, dispose }
  },
}

const model = (name: string, sha256: string | null = null) => ({ onnxFile: file(name), sha256 })

beforeAll(async () => {
  await writeUntrainedModel(file('a'))
  await copyFile(file('a'), file('b'))
  await copyFile(file('a'), file('c'))
})
beforeEach(() => Object.assign(counts, { opened: 0, closed: 0, failures: 0 }))
afterAll(() => folder[Symbol.dispose]())

it('the models used last stay open, and one more closes the one that was not used for longest', async () => {
  const models = new ExportedModelCache(runtime, 2)
  const a = await models.get(model('a'), 1)
  await models.get(model('b'), 1)
  expect(await models.get(model('a'), 1)).toBe(a)
  await models.get(model('c'), 1)
  expect(counts).toMatchObject({ opened: 3, closed: 1 })
  expect(await models.get(model('a'), 1)).toBe(a)
  expect(counts).toMatchObject({ opened: 3, closed: 1 })
})

it('a file that has changed is another model', async () => {
  const models = new ExportedModelCache(runtime, 2)
  const before = await models.get(model('a'), 1)
  await utimes(file('a'), new Date(), new Date(Date.now() + 10_000))
  expect(await models.get(model('a'), 1)).not.toBe(before)
})

it('a model that could not be opened is opened the next time', async () => {
  const models = new ExportedModelCache(runtime, 2)
  counts.failures = 1
  await expect(models.get(model('a'), 1)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  await expect(models.get(model('a'), 1)).resolves.toMatchObject({ sha256: expect.any(String) })
})

it('one that is asked for by two at once is opened once', async () => {
  const models = new ExportedModelCache(runtime, 2)
  const [first, second] = await Promise.all([models.get(model('a'), 1), models.get(model('a'), 1)])
  expect(first).toBe(second)
  expect(counts.opened).toBe(1)
})

it('a file that is not there is named', async () => {
  const models = new ExportedModelCache(runtime, 2)
  await expect(models.get(model('none'), 1)).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringContaining(file('none')),
  })
})

it('a file that is not the one expected is refused by name, also when it was open already', async () => {
  const models = new ExportedModelCache(runtime, 2)
  const { sha256 } = await models.get(model('b'), 1)
  await expect(models.get(model('b', sha256), 1)).resolves.toMatchObject({ sha256 })
  const putRight = flipByte(file('b'))
  await expect(models.get(model('b', sha256), 1)).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining(`${file('b')} is not what was stored`),
    details: { reason: 'CHANGED', subject: file('b'), expected: sha256 },
  })
  putRight()
})
