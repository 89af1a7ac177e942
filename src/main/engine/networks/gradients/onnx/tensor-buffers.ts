import type { RuntimeTensor } from '#engine/base/runtime/inference-session.ts'

export type Float32Tensor = RuntimeTensor & { readonly type: 'float32' }

/** Named tensors that graphs read and write in place. */
export type TensorBuffers = ReadonlyMap<string, Float32Tensor>

export const countValues = (shape: readonly number[]): number =>
  shape.reduce((product, side) => product * side, 1)

/** Zeros of the given shapes, in arrays of their own unless they are taken elsewhere. */
export const allocateBuffers = (
  shapes: Iterable<readonly [string, readonly number[]]>,
  take: (count: number) => Float32Array = (count) => new Float32Array(count),
): TensorBuffers =>
  new Map(
    Array.from(shapes, ([name, dims]) => [name, { type: 'float32', dims, data: take(countValues(dims)) }]),
  )

/** The tensors under other names, for feeding and binding. */
export const renameBuffers = (
  buffers: TensorBuffers,
  rename: (name: string) => string,
): Record<string, RuntimeTensor> =>
  Object.fromEntries(Array.from(buffers, ([name, tensor]) => [rename(name), tensor]))
