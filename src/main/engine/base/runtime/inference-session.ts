/** A tensor at the border to a runtime, row-major; `dims` of a scalar are `[]`. */
export type RuntimeTensor = { readonly dims: readonly number[] } & (
  | { readonly type: 'float32'; readonly data: Float32Array }
  | { readonly type: 'float64'; readonly data: Float64Array }
  | { readonly type: 'uint8'; readonly data: Uint8Array }
  | { readonly type: 'int32'; readonly data: Int32Array }
  | { readonly type: 'int64'; readonly data: BigInt64Array }
)

export type RuntimeFeeds = Readonly<Record<string, RuntimeTensor>>

export interface SessionOptions {
  /** Threads inside one operator; threads times workers should not exceed the cores. */
  readonly threads: number
  /** 0 verbose to 4 fatal; by default 3, which keeps warnings quiet. */
  readonly logSeverityLevel?: 0 | 1 | 2 | 3 | 4
  /**
   * Whether tensors get fixed places in one block from the second run on. That block comes on top of the memory of the
   * first run, so large graphs that run with one shape do without. True where left out.
   */
  readonly hasMemoryPlan?: boolean
  /** Writes a Chrome trace of every operator to files with this prefix when the session is disposed. */
  readonly profilePrefix?: string
}

/** What computes a model's answers, as records name it. */
export interface ComputedBy {
  readonly library: string
  readonly arithmetic: 'float32' | 'bf16'
  /** Why it is not the library that was asked for; null where it is. */
  readonly instead: string | null
}

/** A loaded model. `run` blocks the calling thread, so a session lives inside a worker. */
export interface InferenceSession {
  readonly inputNames: readonly string[]
  readonly outputNames: readonly string[]
  readonly computedBy: ComputedBy
  /**
   * Runs the graph. Where `into` holds a tensor for an output, the runtime writes there and allocates nothing.
   * Throws with the runtime's message when names, types or shapes do not fit.
   */
  run(feeds: RuntimeFeeds, into?: RuntimeFeeds): Promise<Readonly<Record<string, RuntimeTensor>>>
  dispose(): Promise<void>
}

/** ONNX Runtime's execution providers that Evenhand knows. */
export type ComputeDevice = 'cpu' | 'webgpu' | 'cuda' | 'dml' | 'coreml'

/** What graphs are written for: providers for GPUs lack some operators that the processor has. */
export type ComputeTarget = 'cpu' | 'gpu'

/** What opens models; one adapter per library. */
export interface InferenceRuntime {
  readonly name: string
  readonly version: string
  readonly target: ComputeTarget
  createSession(model: Uint8Array, options: SessionOptions): Promise<InferenceSession>
}
