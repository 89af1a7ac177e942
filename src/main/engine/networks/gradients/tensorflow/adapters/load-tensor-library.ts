import { createRequire } from 'node:module'
import util from 'node:util'
import { AppError } from '#shared/contract/errors.ts'
import type {
  Tensor,
  TensorDevice,
  TensorLibrary,
} from '#engine/networks/gradients/tensorflow/tensor-library.ts'

/** Tried in this order where no folder is named. */
const packageNames = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const

/** TensorFlow.js as its packages export it, as far as it differs from {@link TensorLibrary}. */
interface TensorFlowModule {
  readonly version: Readonly<Record<string, string | undefined>>
  readonly version_core?: string
  tensor(values: Float32Array, shape: readonly number[], type: 'float32'): Tensor
  maxPool(x: Tensor, side: number, stride: number, padding: 'valid'): Tensor
  ready(): Promise<void>
  setBackend(name: string): Promise<boolean>
  backend(): {
    readonly isUsingGpuDevice?: boolean
    readonly binding?: { readonly TF_Version?: string }
  }
}

/** tfjs-node 4.22 calls two functions that Node 23 removed (tensorflow/tfjs 8425). */
function restoreRemovedUtilities(): void {
  const removed = {
    isNullOrUndefined: (value: unknown): boolean => value === null || value === undefined,
    isArray: Array.isArray,
  }
  for (const [name, value] of Object.entries(removed))
    if (!Object.hasOwn(util, name)) Object.defineProperty(util, name, { value, configurable: true })
}

function decodeModule(loaded: unknown, name: string): TensorFlowModule & TensorLibrary {
  const isModule =
    typeof loaded === 'object' &&
    loaded !== null &&
    'valueAndGrads' in loaded &&
    typeof loaded.valueAndGrads === 'function'
  if (!isModule)
    throw new AppError('UNAVAILABLE', `The package at ${name} is not TensorFlow.js: it has no valueAndGrads.`)
  return loaded as TensorFlowModule & TensorLibrary
}

function describeFailure(name: string, error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  const [firstLine = ''] = text.split('\n')
  return `${name}: ${firstLine}`
}

function isAbsent(error: unknown, name: string): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === 'MODULE_NOT_FOUND' &&
    error.message.includes(`'${name}'`)
  )
}

function requireFirst(names: readonly string[]): { loaded: unknown; name: string } {
  const require = createRequire(import.meta.url)
  const reasons: string[] = []
  for (const name of names) {
    try {
      return { loaded: require(name), name }
    } catch (error) {
      reasons.push(isAbsent(error, name) ? `${name} is not installed` : describeFailure(name, error))
    }
  }
  throw new AppError(
    'UNAVAILABLE',
    `TensorFlow could not be loaded. ${reasons.join('; ')}. docs/guides/tensorflow.md says how to install it.`,
  )
}

/**
 * Loads TensorFlow.js with its native binding, from `folder` where one is named. A folder of the plain `@tensorflow/tfjs`
 * is taken too and computes in JavaScript, slowly. Throws UNAVAILABLE with the reason.
 */
export async function loadTensorLibrary(
  folder: string | null,
): Promise<{ library: TensorLibrary; device: TensorDevice }> {
  restoreRemovedUtilities()
  const { loaded, name } = requireFirst(folder === null ? packageNames : [folder])
  const tf = decodeModule(loaded, name)
  await tf.ready()
  const { binding, isUsingGpuDevice = false } = tf.backend()
  if (binding === undefined) await tf.setBackend('cpu')
  const own = tf.version['tfjs-node'] ?? tf.version['tfjs'] ?? 'of an unknown version'
  const native =
    binding === undefined
      ? 'in JavaScript alone'
      : `on TensorFlow ${binding.TF_Version ?? 'of an unknown version'}`
  return {
    library: {
      ...tf,
      tensor: (values, shape) => tf.tensor(values, shape, 'float32'),
    },
    device: { version: `TensorFlow.js ${own} ${native}`, device: isUsingGpuDevice ? 'gpu' : 'cpu' },
  }
}
