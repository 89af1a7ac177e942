import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTensorFlowTrainingEngine } from '#engine/networks/gradients/tensorflow/create-tensorflow-training-engine.ts'
import { openTensorFlowProcess } from '#engine/networks/gradients/tensorflow/open-tensorflow-process.ts'
import { probeTensorFlow } from '#engine/networks/gradients/tensorflow/probe-tensorflow.ts'
import { locateWorkers } from '#engine/base/threads/worker-locator.ts'
import { waitFor } from '#tests/fixtures/jobs.ts'
import { adamW, makeNetwork } from '#tests/fixtures/golden-batch.ts'

const workers = locateWorkers(new URL('../../../../../../src/main/cli.ts', import.meta.url).href)

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'evenhand-tensorflow-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A package that does this when it is loaded. */
function writePackage(name: string, code: string): string {
  const file = join(folder, `${name}.cjs`)
  writeFileSync(file, code)
  return file
}

/** Loads as TensorFlow.js would. */
const idle = `module.exports = {
  version: { 'tfjs-node': '4.22.0' }, valueAndGrads() {}, ready: async () => {},
  backend: () => ({ binding: { TF_Version: '2.21.0' } }),
}`

function isRunning(processId: number): boolean {
  try {
    return process.kill(processId, 0)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
    throw error
  }
}

const waitForEnd = (processId: number): Promise<true> => waitFor(() => (isRunning(processId) ? null : true))

describe('the process that holds TensorFlow', () => {
  it.each([
    ['is absent', () => join(folder, 'nothing'), /nothing is not installed.*docs\/guides\/tensorflow\.md/],
    ['is something else', () => writePackage('other', 'module.exports = {}'), /is not TensorFlow\.js/],
    [
      'lacks its native library',
      () => writePackage('broken', `throw new Error('libtensorflow.so.2: cannot open shared object file')`),
      /libtensorflow\.so\.2: cannot open shared object file/,
    ],
    [
      'crashes while it loads',
      () => writePackage('crash', `require('node:fs').writeSync(2, 'cuda is gone'); process.abort()`),
      /ended by SIGABRT before it answered.*unharmed.*cuda is gone/,
    ],
  ])('the probe says in words why it cannot be used when the package %s', async (_, write, reason) => {
    expect(await probeTensorFlow({ workers, folder: write() })).toEqual({
      available: false,
      version: null,
      device: null,
      reason: expect.stringMatching(reason),
    })
  })

  it('an engine without its package is UNAVAILABLE, and what it cannot train is refused before it is looked for', async () => {
    const engine = createTensorFlowTrainingEngine({ workers, folder: join(folder, 'nothing') })
    const options = { batchSize: 4, threads: 1, optimiser: adamW }
    await expect(engine.compile(makeNetwork(), options)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await expect(engine.compile(makeNetwork({ inputSize: 50 }), options)).rejects.toThrow(/multiple of 32/)
  })

  it('its end is an error of the call that waits and of every later one, also of those that block', async () => {
    const tensorFlow = openTensorFlowProcess(workers, 1)
    const path = writePackage('idle', idle)
    const { version, processId } = await tensorFlow.ask({ type: 'open', folder: path })
    expect(version).toBe('TensorFlow.js 4.22.0 on TensorFlow 2.21.0')
    process.kill(processId, 'SIGKILL')
    await waitForEnd(processId)
    const expected = { code: 'UNAVAILABLE', message: expect.stringMatching(/ended by SIGKILL.*memory/) }
    await expect(tensorFlow.ask({ type: 'weights' })).rejects.toMatchObject(expected)
    expect(() => tensorFlow.askNow({ type: 'weights' })).toThrow(/ended by SIGKILL/)
    await tensorFlow.close()
  })

  it('answers with its error and stays', async () => {
    const tensorFlow = openTensorFlowProcess(workers, 1)
    await expect(tensorFlow.ask({ type: 'weights' })).rejects.toThrow(/before a network was compiled/)
    expect(() => tensorFlow.askNow({ type: 'weights' })).toThrow(/before a network was compiled/)
    const { device } = await tensorFlow.ask({ type: 'open', folder: writePackage('idle', idle) })
    expect(device).toBe('cpu')
    await tensorFlow.close()
  })

  it('takes one question at a time', async () => {
    const tensorFlow = openTensorFlowProcess(workers, 1)
    const first = tensorFlow.ask({ type: 'open', folder: writePackage('idle', idle) })
    await expect(tensorFlow.ask({ type: 'weights' })).rejects.toThrow(/before it had answered/)
    expect(() => tensorFlow.askNow({ type: 'weights' })).toThrow(/before it had answered/)
    await expect(first).resolves.toMatchObject({ device: 'cpu' })
    await tensorFlow.close()
  })

  it('is gone once it is closed, also while it is busy', async () => {
    const tensorFlow = openTensorFlowProcess(workers, 1)
    const { processId } = await tensorFlow.ask({ type: 'open', folder: writePackage('idle', idle) })
    const endless = tensorFlow.ask({
      type: 'open',
      folder: writePackage('endless', 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000)'),
    })
    const [outcomes] = await Promise.all([Promise.allSettled([endless]), tensorFlow.close()])
    expect(outcomes).toMatchObject([
      { status: 'rejected', reason: { message: expect.stringContaining('ended') } },
    ])
    await waitForEnd(processId)
    expect(isRunning(processId)).toBe(false)
    await expect(tensorFlow.ask({ type: 'weights' })).rejects.toThrow(/was closed/)
  })
})
