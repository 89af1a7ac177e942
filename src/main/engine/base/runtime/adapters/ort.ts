import { InferenceSession as OrtSession, Tensor, env, listSupportedBackends } from 'onnxruntime-node'
import { refuseTelemetry } from '#engine/base/kernel/refuse-telemetry.ts'
import type {
  ComputeDevice,
  InferenceRuntime,
  InferenceSession,
  RuntimeFeeds,
  RuntimeTensor,
  SessionOptions,
} from '#engine/base/runtime/inference-session.ts'

function toOrtTensor(tensor: RuntimeTensor): Tensor {
  switch (tensor.type) {
    case 'float32':
      return new Tensor('float32', tensor.data, tensor.dims)
    case 'float64':
      return new Tensor('float64', tensor.data, tensor.dims)
    case 'uint8':
      return new Tensor('uint8', tensor.data, tensor.dims)
    case 'int32':
      return new Tensor('int32', tensor.data, tensor.dims)
    case 'int64':
      return new Tensor('int64', tensor.data, tensor.dims)
    default:
      return tensor satisfies never
  }
}

function fromOrtTensor(name: string, { data, dims }: Tensor): RuntimeTensor {
  if (data instanceof Float32Array) return { type: 'float32', data, dims }
  if (data instanceof Float64Array) return { type: 'float64', data, dims }
  if (data instanceof Uint8Array) return { type: 'uint8', data, dims }
  if (data instanceof Int32Array) return { type: 'int32', data, dims }
  if (data instanceof BigInt64Array) return { type: 'int64', data, dims }
  throw new Error(`Output ${name} has an element type that Evenhand does not read`)
}

const toOrtTensors = (tensors: RuntimeFeeds): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, toOrtTensor(tensor)]))

/**
 * The binding writes an output where it was asked to, and then copies it once more into its result. That copy is given
 * back at once: with all weights and moments it would wait for a garbage collection of its own.
 */
function releaseCopy({ data }: Tensor, written: RuntimeTensor): void {
  if (!(ArrayBuffer.isView(data) && data.buffer instanceof ArrayBuffer)) return
  if (data.buffer !== written.data.buffer) data.buffer.transfer(0)
}

const version = env.versions.node ?? env.versions.common

function wrapSession(session: OrtSession, isProfiling: boolean): InferenceSession {
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    computedBy: { library: `onnxruntime-node ${version}`, arithmetic: 'float32', instead: null },
    async run(feeds, into = {}) {
      const preallocated = toOrtTensors(into)
      const fetches = Object.fromEntries(
        session.outputNames.map((name) => [name, preallocated[name] ?? null]),
      )
      const results = await session.run(toOrtTensors(feeds), fetches)
      return Object.fromEntries(
        session.outputNames.map((name) => {
          const written = into[name]
          const result = results[name]
          if (result === undefined) throw new Error(`The runtime gave no output ${name}`)
          if (written !== undefined) {
            releaseCopy(result, written)
            return [name, written]
          }
          return [name, fromOrtTensor(name, result)]
        }),
      )
    },
    async dispose() {
      if (isProfiling) session.endProfiling()
      await session.release()
    },
  }
}

/** Providers that this build of ONNX Runtime names; that one of them works is known only once it has trained. */
export function listOrtProviders(): string[] {
  refuseTelemetry()
  return listSupportedBackends().map(({ name }) => name)
}

/**
 * ONNX Runtime's Node binding on one device. Operators that the device lacks run on the CPU. `run` is synchronous behind
 * its promise: call it in workers only.
 */
export function createOrtRuntime({ device = 'cpu' }: { device?: ComputeDevice } = {}): InferenceRuntime {
  refuseTelemetry()
  return {
    name: 'onnxruntime-node',
    version,
    target: device === 'cpu' ? 'cpu' : 'gpu',
    async createSession(model, options: SessionOptions) {
      const { threads, logSeverityLevel = 3, hasMemoryPlan = true, profilePrefix } = options
      const session = await OrtSession.create(model, {
        executionProviders: [device],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        graphOptimizationLevel: 'all',
        // DirectML refuses a plan, and the others' memory is their own.
        enableMemPattern: hasMemoryPlan && device === 'cpu',
        logSeverityLevel,
        ...(profilePrefix === undefined ? {} : { enableProfiling: true, profileFilePrefix: profilePrefix }),
      })
      return wrapSession(session, profilePrefix !== undefined)
    },
  }
}
