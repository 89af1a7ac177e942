import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { makeJpeg } from '#tests/fixtures/pictures.ts'
import { writeUntrainedModel } from '#tests/fixtures/untrained-model.ts'

const entry = resolve(import.meta.dirname, '../../../../../src/main/cli.ts')

/** A user's environment: ONNX Runtime reports nothing from test runners and build machines, which it knows by theirs. */
const makeEnvironment = (home: string): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: home,
  LOCALAPPDATA: home,
  EVENHAND_HOME: join(home, 'evenhand'),
})

it('Running a model leaves no identifier and no events of ONNX Runtime, however long the command line', async () => {
  using folder = makeTemporaryFolder()
  const [home, model] = [join(folder.path, 'home'), join(folder.path, 'model.onnx')]
  mkdirSync(home)
  await writeUntrainedModel(model)
  const picture = join(folder.path, 'picture.jpg')
  writeFileSync(picture, await makeJpeg())
  // ONNX Runtime's reporting looks through the command line with a recursion that overflows the stack at some 15 KB.
  const pictures = Array.from({ length: 600 }, () => picture)
  const argv = [entry, 'predict', '--model', model, '--json', ...pictures]
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, argv, {
    env: makeEnvironment(home),
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  expect({ status, signal, stderr }).toEqual({
    status: 0,
    signal: null,
    stderr: expect.stringMatching(/^Race is left out: no purpose was named\.[^\n]*\n$/),
  })
  expect(JSON.parse(stdout)).toHaveLength(pictures.length)
  expect(readdirSync(home)).toEqual(['evenhand'])
})
