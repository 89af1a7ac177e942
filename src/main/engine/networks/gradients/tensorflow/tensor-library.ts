/** A tensor of TensorFlow.js; whoever makes one outside of `tidy` disposes of it. */
export interface Tensor {
  readonly shape: readonly number[]
  dataSync(): Float32Array | Int32Array | Uint8Array
  dispose(): void
}

type Operand = Tensor | number
type TensorContainer =
  Tensor | readonly TensorContainer[] | { readonly [name: string]: TensorContainer } | number

/** The part of TensorFlow.js 4 that training uses; its packages share it, whatever they compute with. */
export interface TensorLibrary {
  tensor(values: Float32Array, shape: readonly number[]): Tensor
  zeros(shape: readonly number[]): Tensor
  /** Disposes of everything that `work` makes, but for what it returns or keeps. */
  tidy<Result extends TensorContainer>(work: () => Result): Result
  keep(tensor: Tensor): Tensor
  add(a: Operand, b: Operand): Tensor
  sub(a: Operand, b: Operand): Tensor
  mul(a: Operand, b: Operand): Tensor
  div(a: Operand, b: Operand): Tensor
  minimum(a: Operand, b: Operand): Tensor
  sign(a: Tensor): Tensor
  square(a: Tensor): Tensor
  sqrt(a: Tensor): Tensor
  rsqrt(a: Tensor): Tensor
  exp(a: Tensor): Tensor
  relu(a: Tensor): Tensor
  sum(a: Tensor, axes?: readonly number[]): Tensor
  mean(a: Tensor, axes?: readonly number[]): Tensor
  logSoftmax(a: Tensor): Tensor
  softmax(a: Tensor): Tensor
  stack(tensors: readonly Tensor[]): Tensor
  reshape(a: Tensor, shape: readonly number[]): Tensor
  transpose(a: Tensor, permutation: readonly number[]): Tensor
  pad(a: Tensor, paddings: readonly (readonly [number, number])[]): Tensor
  matMul(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor
  conv2d(x: Tensor, filter: Tensor, stride: number, padding: 'same' | 'valid'): Tensor
  maxPool(x: Tensor, side: number, stride: number, padding: 'valid'): Tensor
  avgPool(x: Tensor, side: number, stride: number, padding: 'valid'): Tensor
  /** `f` must lead from every argument to the scalar that it gives. */
  valueAndGrads(f: (...args: Tensor[]) => Tensor): (args: readonly Tensor[]) => {
    value: Tensor
    grads: Tensor[]
  }
}

/** What computes behind the library. */
export interface TensorDevice {
  /** Package and version, such as `@tensorflow/tfjs-node 4.22.0 on TensorFlow 2.21.0`. */
  readonly version: string
  readonly device: 'cpu' | 'gpu'
}
