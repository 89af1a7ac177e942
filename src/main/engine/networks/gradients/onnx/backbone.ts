import type { Value } from '#engine/networks/onnx-file/graph-builder.ts'

/** A backbone in a graph: its forward pass, and the backward pass that can be built behind it. */
export interface Backbone {
  /** `[batch, 512]`, of the face network `[batch, 128]`. */
  readonly embedding: Value
  /** Running statistics after this batch, by name; those that training does not move as they were. */
  readonly nextBuffers: ReadonlyMap<string, Value>
  /** Fills `gradients` with one value per backbone parameter that training moves, from the embedding's gradient. */
  readonly differentiate: (embeddingGradient: Value, gradients: Map<string, Value>) => void
}
