/**
 * 3x3 convolutions of stride 1 by Winograd's F(2x2, 3x3) (Lavin & Gray 2016): 16 products for 4 outputs where the
 * definition takes 36. On row matrices all of its transforms are products with small constant matrices.
 */
import type { GraphBuilder, Value } from '#engine/models/onnx/graph-builder.ts'
import { appendZeroRow, createRowOrder, gatherRows } from './activation-rows.ts'

type Matrix = readonly (readonly number[])[]

const inputTransform: Matrix = [
  [1, 0, -1, 0],
  [0, 1, 1, 0],
  [0, -1, 1, 0],
  [0, 1, 0, -1],
]
const weightTransform: Matrix = [
  [1, 0, 0],
  [0.5, 0.5, 0.5],
  [0.5, -0.5, 0.5],
  [0, 0, 1],
]
const outputTransform: Matrix = [
  [1, 1, 1, 0],
  [0, 1, -1, -1],
]

/** The one-dimensional transform along both axes, as one matrix over the flattened tile. */
const square = (matrix: Matrix): Matrix =>
  matrix.flatMap((row) => matrix.map((other) => row.flatMap((a) => other.map((b) => a * b))))

export interface TiledShape {
  readonly batch: number
  readonly side: number
  readonly inChannels: number
  readonly outChannels: number
}

const points = 16
const countTiles = ({ batch, side }: TiledShape): number => batch * Math.ceil(side / 2) ** 2

/** `matrix` times `value` seen as `[columns of matrix, width]`; `inverse` takes the transposed matrix. */
function transform(
  builder: GraphBuilder,
  value: Value,
  options: {
    matrix: Matrix
    width: number
    shape: readonly number[]
    isTransposed?: boolean
    addend?: Value
  },
): Value {
  const { matrix, width, shape, isTransposed = false, addend } = options
  const columns = matrix[0]?.length ?? 0
  const constant = builder.float32(matrix.flat(), [matrix.length, columns])
  const operand = builder.node('Reshape', [
    value,
    builder.int64([isTransposed ? matrix.length : columns, width]),
  ])
  const addends = addend === undefined ? [] : [builder.node('Reshape', [addend, builder.int64([-1, width])])]
  const product = builder.node('Gemm', [constant, operand, ...addends], {
    attributes: { transA: isTransposed ? 1 : 0 },
  })
  return builder.node('Reshape', [product, builder.int64(shape)])
}

/** Rows under every point of every 4x4 tile, point by point; one past the last row is padding. */
function listTileRows(shape: TiledShape): Int32Array {
  const { batch, side } = shape
  const rowOf = createRowOrder(shape)
  const half = Math.ceil(side / 2)
  const rows = new Int32Array(points * countTiles(shape))
  let cursor = 0
  for (let point = 0; point < points; point++)
    for (let image = 0; image < batch; image++)
      for (let tileY = 0; tileY < half; tileY++)
        for (let tileX = 0; tileX < half; tileX++) {
          const y = 2 * tileY + (point >> 2) - 1
          const x = 2 * tileX + (point & 3) - 1
          const isInside = y >= 0 && y < side && x >= 0 && x < side
          rows[cursor++] = isInside ? rowOf(image, y, x) : batch * side * side
        }
  return rows
}

/** For an odd side: where each pixel lies among the tiles' outputs, and each of those among the pixels. */
function mapTileOutputs({ batch, side }: TiledShape): { fromTiles: Int32Array; toTiles: Int32Array } {
  const half = Math.ceil(side / 2)
  const outputOf = createRowOrder({ batch, side: 2 * half })
  const rowOf = createRowOrder({ batch, side })
  const fromTiles = new Int32Array(batch * side * side)
  const toTiles = new Int32Array(4 * batch * half * half).fill(fromTiles.length)
  for (let image = 0; image < batch; image++)
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++) {
        fromTiles[rowOf(image, y, x)] = outputOf(image, y, x)
        toTiles[outputOf(image, y, x)] = rowOf(image, y, x)
      }
  return { fromTiles, toTiles }
}

/** Transformed 4x4 tiles `[16, tiles, channels]` of rows. */
export function transformTiles(
  builder: GraphBuilder,
  rows: Value,
  options: { shape: TiledShape; channels: number },
): Value {
  const { shape, channels } = options
  const tiles = countTiles(shape)
  const gathered = gatherRows(builder, appendZeroRow(builder, rows, channels), listTileRows(shape))
  return transform(builder, gathered, {
    matrix: square(inputTransform),
    width: tiles * channels,
    shape: [points, tiles, channels],
  })
}

function multiplyPoints(
  builder: GraphBuilder,
  a: Value,
  options: { b: Value; transA: 0 | 1; transB: 0 | 1 },
): Value {
  const { b, transA, transB } = options
  if (transA === 0 && transB === 0) return builder.node('MatMul', [a, b])
  return builder.node('FusedMatMul', [a, b], { domain: 'com.microsoft', attributes: { transA, transB } })
}

/** Products per point `[16, tiles, channels]` -> rows `[outputs, channels]`, plus `addend` where given. */
function collectOutputs(
  builder: GraphBuilder,
  products: Value,
  options: { shape: TiledShape; channels: number; addend?: Value },
): Value {
  const { shape, channels, addend } = options
  const tiles = countTiles(shape)
  const isEven = shape.side % 2 === 0
  const outputs = transform(builder, products, {
    matrix: square(outputTransform),
    width: tiles * channels,
    shape: [4 * tiles, channels],
    ...(isEven && addend !== undefined ? { addend } : {}),
  })
  if (isEven) return outputs
  const kept = gatherRows(builder, outputs, mapTileOutputs(shape).fromTiles)
  return addend === undefined ? kept : builder.node('Add', [kept, addend])
}

/** Transformed tiles and weight `[9, inChannels, outChannels]` -> `[outputs, outChannels]`. */
export function convolveTiles(
  builder: GraphBuilder,
  tiles: Value,
  options: { weight: Value; shape: TiledShape },
): Value {
  const { weight, shape } = options
  const { inChannels, outChannels } = shape
  const transformed = transform(builder, weight, {
    matrix: square(weightTransform),
    width: inChannels * outChannels,
    shape: [points, inChannels, outChannels],
  })
  const products = multiplyPoints(builder, tiles, { b: transformed, transA: 0, transB: 0 })
  return collectOutputs(builder, products, { shape, channels: outChannels })
}

/** Gradient of the input, `[inputs, inChannels]`, plus `addend`: a convolution with the taps read backwards. */
export function differentiateTiledInput(
  builder: GraphBuilder,
  gradient: Value,
  options: { weight: Value; shape: TiledShape; addend?: Value },
): Value {
  const { weight, shape, addend } = options
  const { inChannels, outChannels } = shape
  // The runtime begins with what was built last, and the weight's transform, if early, would lie idle.
  const transformed = transform(builder, weight, {
    matrix: square(weightTransform).map((row) => row.toReversed()),
    width: inChannels * outChannels,
    shape: [points, inChannels, outChannels],
  })
  const tiles = transformTiles(builder, gradient, { shape, channels: outChannels })
  const products = multiplyPoints(builder, tiles, { b: transformed, transA: 0, transB: 1 })
  return collectOutputs(builder, products, {
    shape,
    channels: inChannels,
    ...(addend === undefined ? {} : { addend }),
  })
}

/** Gradient of the weight, `[9, inChannels, outChannels]`: the forward pass with every transform transposed. */
export function differentiateTiledWeight(
  builder: GraphBuilder,
  tiles: Value,
  options: { gradient: Value; shape: TiledShape },
): Value {
  const { gradient, shape } = options
  const { inChannels, outChannels, side } = shape
  const count = countTiles(shape)
  const perTile =
    side % 2 === 0
      ? gradient
      : gatherRows(builder, appendZeroRow(builder, gradient, outChannels), mapTileOutputs(shape).toTiles)
  const spread = transform(builder, perTile, {
    matrix: square(outputTransform),
    width: count * outChannels,
    shape: [points, count, outChannels],
    isTransposed: true,
  })
  const products = multiplyPoints(builder, tiles, { b: spread, transA: 1, transB: 0 })
  return transform(builder, products, {
    matrix: square(weightTransform),
    width: inChannels * outChannels,
    shape: [9, inChannels, outChannels],
    isTransposed: true,
  })
}
