import { describe, expect, it } from 'vitest'
import { AppError } from '#shared/contract/errors.ts'
import { createGraphBuilder } from '#engine/networks/onnx-file/graph-builder.ts'
import { createOrtRuntime } from '#engine/base/runtime/adapters/ort.ts'
import { explainTrainingFailure } from '#engine/learning/training/training-failure.ts'

const work = {
  where: 'at step 3 of 60',
  arch: 'resnet34',
  inputSize: 224,
  batchSize: 64,
  device: 'webgpu',
} as const

/** Asks ONNX Runtime for 256 TiB, which no machine has. */
async function overflowRuntime(): Promise<unknown> {
  const builder = createGraphBuilder()
  builder.input('a', 'float32', [1])
  builder.input('shape', 'int64', [3])
  builder.node('Expand', ['a', 'shape'], { outputs: ['all'] })
  builder.output('all', 'float32', ['x', 'y', 'z'])
  const model = builder.build({ name: 'overflow' })
  const session = await createOrtRuntime().createSession(model, { threads: 1, logSeverityLevel: 4 })
  const shape = BigInt64Array.of(1_048_576n, 1_048_576n, 64n)
  try {
    await session.run({
      a: { type: 'float32', dims: [1], data: Float32Array.of(1) },
      shape: { type: 'int64', dims: [3], data: shape },
    })
  } catch (error) {
    return error
  } finally {
    await session.dispose()
  }
  return null
}

function overflowEngine(): unknown {
  try {
    return new Float32Array(2 ** 50)
  } catch (error) {
    return error
  }
}

describe('a failure of the engine', () => {
  it.each([
    [
      'ONNX Runtime',
      overflowRuntime,
      'Failed to allocate memory for requested buffer of size 281474976710656',
    ],
    ['V8', overflowEngine, 'Array buffer allocation failed'],
  ])('for want of memory, as %s tells it, says what to make smaller', async (_, fail, said) => {
    expect(explainTrainingFailure(await fail(), work)).toMatchObject({
      constructor: AppError,
      code: 'UNAVAILABLE',
      message:
        `There was not enough memory at step 3 of 60, for batches of 64 images of 224 px through ResNet-34 (${said}). ` +
        'The last checkpoint is kept. Close other programs and resume the run, or start a new one with a smaller batch ' +
        '(accumulate more of them instead) or a smaller input.',
      details: { reason: 'OUT_OF_MEMORY', batchSize: 64, inputSize: 224 },
    })
  })

  // The words of Dawn, Direct3D 12, Vulkan and the CUDA runtime; none of these devices is needed to read them.
  it.each([
    'Uncaptured WebGPU error: Device is lost.',
    'A valid external Instance reference no longer exists: Device was lost',
    'DXGI_ERROR_DEVICE_HUNG: the GPU will not respond to more commands',
    'vkQueueSubmit failed with VK_ERROR_DEVICE_LOST',
    'CUDA failure 719: unspecified launch failure ; GPU=0 ; hostname=machine',
    'CUDA error cudaErrorNoDevice: no CUDA-capable device is detected',
  ])('because its device has gone names the device: %s', (said) => {
    expect(explainTrainingFailure(new Error(said), work)).toMatchObject({
      code: 'UNAVAILABLE',
      message:
        `The device webgpu stopped answering at step 3 of 60 (${said}). The last checkpoint is kept. ` +
        'Resume the run once the device is back, or resume it on the CPU.',
      details: { reason: 'DEVICE_LOST', device: 'webgpu' },
    })
  })

  it.each([
    'CUDA failure 2: out of memory ; GPU=0',
    'VK_ERROR_OUT_OF_DEVICE_MEMORY',
    'OOM when allocating tensor',
  ])('for want of memory on a device is one of memory: %s', (said) => {
    expect(explainTrainingFailure(new Error(said), work)).toMatchObject({
      details: { reason: 'OUT_OF_MEMORY' },
    })
  })

  it('that means nothing known stays as it was', () => {
    const bug = new TypeError('undefined is not a function')
    expect(explainTrainingFailure(bug, work)).toBe(bug)
    const told = new AppError('CONFLICT', 'The tensor cache is damaged: Device is lost')
    expect(explainTrainingFailure(told, work)).toBe(told)
  })
})
