import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { DeviceService } from '#engine/networks/devices/device.service.ts'
import { createDeviceProbe, type ProbeOutcome } from '#engine/networks/devices/run-probe.ts'
import { locateWorkers } from '#engine/base/threads/worker-locator.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'

const runtime = { version: '1.30.0', providers: ['cpu', 'webgpu', 'cuda'] }
const workers = locateWorkers(new URL('../../../../../src/main/cli.ts', import.meta.url).href)

const measured = {
  parity: { loss: 1e-6, gradients: 1e-4, weights: 1e-5 },
  operators: { onDevice: 100, onCpu: [] },
  imagesPerSecond: 500,
  cpuImagesPerSecond: 50,
  arithmetic: 'float32' as const,
}

function createService(folder: string, outcomes: Partial<Record<string, ProbeOutcome>>) {
  const tested: string[] = []
  const service = new DeviceService({
    userDataFolder: folder,
    probe: (id) => {
      tested.push(id)
      return Promise.resolve(outcomes[id] ?? { isDone: false, detail: 'no adapter was found' })
    },
    readRuntime: () => Promise.resolve(runtime),
    cores: 2,
    now: () => 0,
  })
  return { service, tested }
}

/** Makes Evenhand find oneDNN in a file of this name, which no test here loads. */
function placeOnednn(folder: string, name: string): string {
  const file = join(folder, name)
  writeFileSync(file, name)
  vi.stubEnv('EVENHAND_ONEDNN', file)
  return file
}

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('training devices', () => {
  it('take the CPU for auto until another one has been seen to train faster, and remember it', async () => {
    using folder = makeTemporaryFolder()
    const { service } = createService(folder.path, {
      webgpu: { isDone: true, measured, hardware: 'a GPU', library: null },
    })
    expect(await service.resolve({ engine: 'auto', device: 'auto' })).toEqual({
      engine: 'onnx',
      device: 'cpu',
    })
    await service.test('webgpu')
    const { service: later, tested } = createService(folder.path, {})
    expect(await later.resolve({ engine: 'auto', device: 'auto' })).toEqual({
      engine: 'onnx',
      device: 'webgpu',
    })
    expect((await later.describe({ engine: 'onnx', device: 'webgpu' })).device).toBe('WebGPU, a GPU')
    expect(tested).toEqual([])
  })

  it('refuse a device that fails its test, with the reason and what to do', async () => {
    using folder = makeTemporaryFolder()
    const { service, tested } = createService(folder.path, {})
    await expect(service.resolve({ engine: 'onnx', device: 'cuda' })).rejects.toMatchObject({
      code: 'PRECONDITION',
      message: expect.stringMatching(/no adapter was found.*gpu\.md/),
    })
    expect(tested).toEqual(['cuda'])
    await expect(service.resolve({ engine: 'onnx', device: 'coreml' })).rejects.toThrow(/has no CoreML/)
  })

  it('refuse a device whose gradients are not those of the CPU', async () => {
    using folder = makeTemporaryFolder()
    const parity = { ...measured.parity, gradients: 0.5 }
    const { service } = createService(folder.path, {
      webgpu: { isDone: true, measured: { ...measured, parity }, hardware: null, library: null },
    })
    expect(await service.test('webgpu')).toMatchObject({ state: 'unavailable' })
    expect((await service.list()).automatic).toBe('cpu')
  })

  it('stay tested wherever oneDNN and TensorFlow are found', async () => {
    using folder = makeTemporaryFolder()
    const { service } = createService(folder.path, {
      webgpu: { isDone: true, measured, hardware: 'a GPU', library: null },
    })
    placeOnednn(folder.path, 'of a shell')
    vi.stubEnv('EVENHAND_TENSORFLOW', join(folder.path, 'tensorflow'))
    await service.test('webgpu')
    vi.unstubAllEnvs()
    placeOnednn(folder.path, 'of the desktop')
    expect((await service.list()).automatic).toBe('webgpu')
  })

  describe('with oneDNN', () => {
    const found = { hardware: 'CPU, AVX-512 with bf16, by /lib/libdnnl.so.2.6', library: 'oneDNN 2.6.3' }
    const fast = { ...measured, operators: null, imagesPerSecond: 120 }
    const narrow = { isDone: true, measured: { ...fast, arithmetic: 'bf16' }, ...found } as const

    it('take it for auto once it was tested and faster, in the arithmetic that was measured', async () => {
      using folder = makeTemporaryFolder()
      const { service, tested } = createService(folder.path, { onednn: narrow })
      expect(await service.resolve({ engine: 'auto', device: 'auto' })).toMatchObject({ engine: 'onnx' })
      expect(tested).toEqual([])
      await service.test('onednn')
      const resolved = await service.resolve({ engine: 'auto', device: 'auto' })
      expect(resolved).toEqual({ engine: 'onednn', device: 'cpu', arithmetic: 'bf16' })
      expect(await service.describe(resolved)).toEqual({
        engine: 'oneDNN 2.6.3',
        device: 'CPU, 2 threads, bf16',
      })
      // Its speed in float32 was not measured.
      expect(await service.resolve({ engine: 'auto', device: 'auto', arithmetic: 'float32' })).toEqual({
        engine: 'onnx',
        device: 'cpu',
        arithmetic: 'float32',
      })
      expect(await service.resolve({ engine: 'onednn', device: 'cpu', arithmetic: 'float32' })).toEqual({
        engine: 'onednn',
        device: 'cpu',
        arithmetic: 'float32',
      })
      expect(await service.resolve({ engine: 'onnx', device: 'auto' })).toEqual({
        engine: 'onnx',
        device: 'cpu',
      })
    })

    it('hold its test to the very file, and each one to its own', async () => {
      using folder = makeTemporaryFolder()
      const { service } = createService(folder.path, { onednn: narrow })
      const findState = async () =>
        (await service.list()).devices.find(({ id }) => id === 'onednn')?.state ?? 'not listed'
      const first = placeOnednn(folder.path, 'first')
      await service.test('onednn')
      placeOnednn(folder.path, 'second')
      expect(await findState()).toBe('untested')
      await service.test('onednn')
      vi.stubEnv('EVENHAND_ONEDNN', first)
      expect(await findState()).toBe('available')
      writeFileSync(first, 'an update in its place')
      expect(await findState()).toBe('untested')
    })

    it('let a run begin or go on by a library that was tested alone', async () => {
      using folder = makeTemporaryFolder()
      const { service } = createService(folder.path, { onednn: narrow })
      placeOnednn(folder.path, 'tested')
      await service.test('onednn')
      await expect(service.checkTested({ engine: 'onednn' })).resolves.toBeUndefined()
      const other = placeOnednn(folder.path, 'another')
      await expect(service.checkTested({ engine: 'onnx' })).resolves.toBeUndefined()
      await expect(service.checkTested({ engine: 'onednn' })).rejects.toMatchObject({
        code: 'PRECONDITION',
        message: expect.stringMatching(/another was never tested.*`evenhand devices --test`.*resume the run/),
      })
      const { service: failing } = createService(folder.path, {})
      await failing.test('onednn')
      await expect(failing.checkTested({ engine: 'onednn' })).rejects.toThrow(
        /oneDNN cannot train here: no adapter/,
      )
      vi.stubEnv('EVENHAND_ONEDNN', `${other} that is gone`)
      await expect(service.checkTested({ engine: 'onednn' })).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        message: expect.stringContaining('that is gone'),
      })
    })

    it('leave it where it was slower, and test it for bf16 asked by name', async () => {
      using folder = makeTemporaryFolder()
      const slow = { ...narrow, measured: { ...narrow.measured, imagesPerSecond: 20 } }
      const { service, tested } = createService(folder.path, { onednn: slow })
      expect(await service.resolve({ engine: 'auto', device: 'auto', arithmetic: 'bf16' })).toMatchObject({
        engine: 'onednn',
        arithmetic: 'bf16',
      })
      expect(tested).toEqual(['onednn'])
      expect((await service.list()).automatic).toBe('cpu')
    })

    it('refuse bf16 where nothing has it, and oneDNN on a graphics processor', async () => {
      using folder = makeTemporaryFolder()
      const { service } = createService(folder.path, { onednn: { isDone: true, measured: fast, ...found } })
      for (const [asked, words] of [
        [{ engine: 'auto', device: 'auto', arithmetic: 'bf16' }, /processor has no bf16/],
        [{ engine: 'onnx', device: 'cpu', arithmetic: 'bf16' }, /oneDNN on the CPU alone/],
        [{ engine: 'onednn', device: 'webgpu' }, /oneDNN computes on the CPU/],
      ] as const)
        await expect(service.resolve(asked)).rejects.toMatchObject({
          code: 'PRECONDITION',
          message: expect.stringMatching(words),
        })
    })
  })

  it('outlive a test process that says nothing in time', async () => {
    const probe = createDeviceProbe({ workers, threads: 1, limits: { compareMs: 1, batchMs: 1 } })
    expect(await probe?.('cpu')).toEqual({ isDone: false, detail: 'it gave no answer within 0.001 s' })
  })

  it('train in agreement with ONNX Runtime by oneDNN, where it is installed', async (context) => {
    const probe = createDeviceProbe({ workers, threads: 1, limits: { compareMs: 100_000, batchMs: 1 } })
    const outcome = await probe?.('onednn')
    if (outcome?.isDone !== true) {
      context.skip(`oneDNN is not tested: ${outcome?.detail}`)
      return
    }
    expect(outcome.library).toMatch(/^oneDNN [23]\./)
    expect(outcome.measured.parity?.loss).toBeLessThan(1e-5)
    expect(outcome.measured.parity?.gradients).toBeLessThan(1e-3)
  }, 120_000)

  it('train in agreement with the CPU on a graphics processor, where one answers WebGPU', async (context) => {
    const probe = createDeviceProbe({ workers, threads: 2, limits: { compareMs: 100_000, batchMs: 1 } })
    const outcome = await probe?.('webgpu')
    if (outcome?.isDone !== true) {
      context.skip(`WebGPU is not tested: ${outcome?.detail}`)
      return
    }
    expect(outcome.measured.operators?.onDevice).toBeGreaterThan(1000)
    expect(outcome.measured.parity?.loss).toBeLessThan(1e-4)
    expect(outcome.measured.parity?.gradients).toBeLessThan(1e-2)
  })
})
