import { describe, expect, it } from 'vitest'
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

  it('outlive a test process that says nothing in time', async () => {
    const probe = createDeviceProbe({ workers, threads: 1, limits: { compareMs: 1, batchMs: 1 } })
    expect(await probe?.('cpu')).toEqual({ isDone: false, detail: 'it gave no answer within 0.001 s' })
  })

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
