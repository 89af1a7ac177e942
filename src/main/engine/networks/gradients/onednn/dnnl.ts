/** oneDNN as the engine uses it, whichever version of its C interface stands behind. */

/** An address in this process. */
export type Address = bigint

export type ElementType = 'float32' | 'bf16'

/** How a tensor lies in memory: a descriptor of the library's own. */
export type Layout = Uint8Array | Address

export interface LayoutSpec {
  readonly dims: readonly number[]
  readonly type: ElementType
  /** In elements; where left out the library chooses, and only an operation can be planned with it. */
  readonly strides?: readonly number[]
}

export interface Window {
  readonly kernel: number
  readonly stride: number
  readonly padding: number
}

/** In this order. */
export interface Fused {
  /** What stands in the destination is added. */
  readonly isAdded: boolean
  readonly isRectified: boolean
}

export type Operation =
  | {
      readonly kind: 'convolution'
      /** `inference` keeps nothing for a backward pass. */
      readonly pass: 'forward' | 'inference' | 'backwardData' | 'backwardWeights'
      readonly source: Layout
      readonly weights: Layout
      /** Of the passes forward alone. */
      readonly bias?: Layout
      readonly destination: Layout
      readonly window: Window
      /** Of the passes forward: what follows in the same pass over the values. */
      readonly after?: Fused
      /** The forward pass, for those backward. */
      readonly forward?: Plan
    }
  | {
      readonly kind: 'normalisation'
      readonly pass: 'forward' | 'backward'
      readonly data: Layout
      readonly epsilon: number
      readonly isRectified: boolean
      /** By the running mean and variance instead of the batch's. */
      readonly usesGivenStatistics: boolean
      readonly forward?: Plan
    }
  | {
      readonly kind: 'pooling'
      readonly algorithm: 'max' | 'average'
      readonly pass: 'forward' | 'inference' | 'backward'
      readonly source: Layout
      readonly destination: Layout
      readonly window: Window
      readonly forward?: Plan
    }
  /** The gradient before a rectifier, from what it gave. */
  | { readonly kind: 'rectifierBackward'; readonly output: Layout; readonly gradient: Layout }
  | {
      readonly kind: 'addition'
      readonly first: Layout
      readonly second: Layout
      readonly destination: Layout
      readonly isRectified: boolean
    }
  | { readonly kind: 'reorder'; readonly from: Layout; readonly to: Layout }

/** An operation that the library can run. */
export interface Plan {
  readonly descriptor: Address
  readonly primitive: Address
  /** Operands that this version of the library refuses where others want them. */
  readonly refused: readonly Role[]
}

/** What a plan reads or writes. */
export type Role =
  | 'source'
  | 'second'
  | 'weights'
  | 'bias'
  | 'destination'
  | 'mean'
  | 'variance'
  | 'scale'
  | 'shift'
  | 'workspace'
  | 'sourceGradient'
  | 'destinationGradient'
  | 'weightsGradient'
  | 'scaleGradient'
  | 'shiftGradient'

/** What a plan expects of an operand that was left to it. */
export type ChosenRole =
  | 'source'
  | 'weights'
  | 'destination'
  | 'workspace'
  | 'sourceGradient'
  | 'destinationGradient'
  | 'weightsGradient'

/** A tensor of the library's: a layout at an address. */
export type Memory = Address

export interface LibraryFacts {
  /** Where it was loaded from. */
  readonly path: string
  readonly version: string
  /** The instructions that it takes on this processor. */
  readonly instructions: string
  /** Whether the processor multiplies bf16 itself; without that it would be slower than float32. */
  readonly hasBf16: boolean
}

/** One stream on the processor; calls block, and only the thread that opened it may use it. */
export interface Dnnl {
  readonly facts: LibraryFacts
  describe(spec: LayoutSpec): Layout
  countBytes(layout: Layout): number
  areEqual(one: Layout, other: Layout): boolean
  plan(operation: Operation): Plan
  /** The layout that a plan wants; it lives as long as the plan. */
  chosen(plan: Plan, role: ChosenRole): Layout
  addressOf(data: NodeJS.TypedArray): Address
  place(layout: Layout, address: Address): Memory
  move(memory: Memory, address: Address): void
  /** Packs operands once for many runs. */
  pack(plan: Plan, operands: ReadonlyMap<Role, Memory>): Uint8Array
  run(plan: Plan, packed: Uint8Array): void
  /** Waits for all that was run. */
  finish(): void
  /** Gives back everything that was planned and placed. */
  close(): void
}
