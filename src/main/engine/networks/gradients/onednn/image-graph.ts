/** A residual network as what oneDNN computes of it. */
import type { Window } from './dnnl.ts'

/** Normalisation, sum and rectifier that follow a convolution are part of it. */
export interface ConvolutionLayer {
  readonly kind: 'convolution'
  readonly input: string
  readonly output: string
  /** `[outChannels, inChannels, kernel, kernel]`. */
  readonly weights: Float32Array
  /** `[outChannels]`. */
  readonly bias: Float32Array
  readonly outChannels: number
  readonly inChannels: number
  readonly window: Window
  /** The value that is added to the convolution's. */
  readonly added: string | null
  readonly isRectified: boolean
}

export interface PoolLayer {
  readonly kind: 'pool'
  readonly input: string
  readonly output: string
  readonly window: Window
}

export type ImageLayer = ConvolutionLayer | PoolLayer

export interface ImageGraph {
  readonly input: string
  /** `(value - mean) / deviation` of each colour is what the first layer reads; the input itself where null. */
  readonly colours: { readonly mean: readonly number[]; readonly deviation: readonly number[] } | null
  /** In the order in which they are computed. */
  readonly layers: readonly ImageLayer[]
  /** The mean over all pixels of what the last layer gives, `[batch, channels]`. */
  readonly average: string
  readonly channels: number
  /** Computes the outputs from the average; null where that is the only one. */
  readonly rest: Uint8Array | null
  readonly outputNames: readonly string[]
}
