/**
 * 3x3 convolutions of stride 1 by Winograd's F(2x2, 3x3) (Lavin & Gray 2016): 16 products for 4 outputs where the
 * definition takes 36. On row matrices all of its transforms are products with small constant matrices.
 */
import type { GraphBuilder, Value } from '#engine/networks/onnx-file/graph-builder.ts'
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
const tilesPerImage = (side: number): number => Math.ceil(side / 2) ** 2

/** Images that are worked on together, so that what is laid out for them stays small and in the processor's cache. */
interface ImageGroup {
  readonly first: number
  readonly count: number
}

/** Transformed tiles of a group should not take more than this. */
const groupBytes = 8 * 2 ** 20

/** Splits the batch as evenly as it goes. */
function listGroups({ batch, side, inChannels, outChannels }: TiledShape): ImageGroup[] {
  const imageBytes = points * tilesPerImage(side) * Math.max(inChannels, outChannels) * 4
  const groups = Math.min(batch, Math.ceil((batch * imageBytes) / groupBytes))
  return Array.from({ length: groups }, (_, index) => {
    const first = Math.floor((index * batch) / groups)
    return { first, count: Math.floor(((index + 1) * batch) / groups) - first }
  })
}

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

/** Rows under every point of every 4x4 tile of a group, point by point; one past the last row is padding. */
function listTileRows({ batch, side }: TiledShape, group: ImageGroup): Int32Array {
  const rowOf = createRowOrder({ batch, side })
  const half = Math.ceil(side / 2)
  const rows = new Int32Array(points * group.count * tilesPerImage(side))
  let cursor = 0
  for (let point = 0; point < points; point++)
    for (let image = group.first; image < group.first + group.count; image++)
      for (let tileY = 0; tileY < half; tileY++)
        for (let tileX = 0; tileX < half; tileX++) {
          const y = 2 * tileY + (point >> 2) - 1
          const x = 2 * tileX + (point & 3) - 1
          const isInside = y >= 0 && y < side && x >= 0 && x < side
          rows[cursor++] = isInside ? rowOf(image, y, x) : batch * side * side
        }
  return rows
}

/** For an odd side: for each row, where its pixel lies among the tiles' outputs `[4, tiles]`. */
function listOutputsOfRows({ batch, side }: TiledShape): Int32Array {
  const outputOf = createRowOrder({ batch, side: 2 * Math.ceil(side / 2) })
  const rowOf = createRowOrder({ batch, side })
  const outputs = new Int32Array(batch * side * side)
  for (let image = 0; image < batch; image++)
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++) outputs[rowOf(image, y, x)] = outputOf(image, y, x)
  return outputs
}

/** For an odd side: the row under each of a group's tile outputs; one past the last row where the tile juts out. */
function listRowsOfOutputs({ batch, side }: TiledShape, group: ImageGroup): Int32Array {
  const outputOf = createRowOrder({ batch: group.count, side: 2 * Math.ceil(side / 2) })
  const rowOf = createRowOrder({ batch, side })
  const rows = new Int32Array(4 * group.count * tilesPerImage(side)).fill(batch * side * side)
  for (let image = 0; image < group.count; image++)
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++) rows[outputOf(image, y, x)] = rowOf(group.first + image, y, x)
  return rows
}

const tileRows = new WeakMap<GraphBuilder, Map<string, Value>>()

/** Every layer of a side, forward and backward, reads by the same lists. */
function shareTileRows(builder: GraphBuilder, shape: TiledShape, group: ImageGroup): Value {
  const lists = tileRows.get(builder) ?? new Map<string, Value>()
  tileRows.set(builder, lists)
  const key = [shape.batch, shape.side, group.first, group.count].join()
  const list = lists.get(key) ?? builder.indices(listTileRows(shape, group))
  lists.set(key, list)
  return list
}

/** Transformed 4x4 tiles `[16, tiles, channels]` of a group, from all rows with a zero row behind them. */
function transformTiles(
  builder: GraphBuilder,
  padded: Value,
  options: { shape: TiledShape; group: ImageGroup; channels: number },
): Value {
  const { shape, group, channels } = options
  const tiles = group.count * tilesPerImage(shape.side)
  const list = shareTileRows(builder, shape, group)
  const gathered = builder.node('Gather', [padded, list], { attributes: { axis: 0 } })
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

/** Tiles times `weight` per point, and the outputs of all groups as rows `[outputs, channels]`, plus `addend`. */
function multiplyTiles(
  builder: GraphBuilder,
  rows: Value,
  options: {
    shape: TiledShape
    weight: Value
    isWeightTransposed: boolean
    addend?: Value | undefined
  },
): Value {
  const { shape, weight, isWeightTransposed, addend } = options
  const { side, batch } = shape
  const [from, to] = isWeightTransposed
    ? [shape.outChannels, shape.inChannels]
    : [shape.inChannels, shape.outChannels]
  const padded = appendZeroRow(builder, rows, from)
  const groups = listGroups(shape)
  // Only a group that is the whole batch finds its part of the addend without a copy.
  const [fused, later] = side % 2 === 0 && groups.length === 1 ? [addend, undefined] : [undefined, addend]
  const outputs = groups.map((group) => {
    const tiles = group.count * tilesPerImage(side)
    const transformed = transformTiles(builder, padded, { shape, group, channels: from })
    const transB = isWeightTransposed ? 1 : 0
    const products = multiplyPoints(builder, transformed, { b: weight, transA: 0, transB })
    return transform(builder, products, {
      matrix: square(outputTransform),
      width: tiles * to,
      shape: [4, tiles, to],
      ...(fused === undefined ? {} : { addend: fused }),
    })
  })
  const [first = ''] = outputs
  const joined = outputs.length === 1 ? first : builder.node('Concat', outputs, { attributes: { axis: 1 } })
  const flat = builder.node('Reshape', [joined, builder.int64([4 * batch * tilesPerImage(side), to])])
  const kept = side % 2 === 0 ? flat : gatherRows(builder, flat, listOutputsOfRows(shape))
  return later === undefined ? kept : builder.node('Add', [kept, later])
}

/** Rows and weight `[9, inChannels, outChannels]` -> `[outputs, outChannels]`. */
export function convolveTiles(
  builder: GraphBuilder,
  rows: Value,
  options: { weight: Value; shape: TiledShape },
): Value {
  const { shape } = options
  const { inChannels, outChannels } = shape
  const weight = transform(builder, options.weight, {
    matrix: square(weightTransform),
    width: inChannels * outChannels,
    shape: [points, inChannels, outChannels],
  })
  return multiplyTiles(builder, rows, { shape, weight, isWeightTransposed: false })
}

/** Gradient of the input, `[inputs, inChannels]`, plus `addend`: a convolution with the taps read backwards. */
export function differentiateTiledInput(
  builder: GraphBuilder,
  gradient: Value,
  options: { weight: Value; shape: TiledShape; addend?: Value },
): Value {
  const { shape, addend } = options
  const { inChannels, outChannels } = shape
  // The runtime begins with what was built last, and the weight's transform, if early, would lie idle.
  const weight = transform(builder, options.weight, {
    matrix: square(weightTransform).map((row) => row.toReversed()),
    width: inChannels * outChannels,
    shape: [points, inChannels, outChannels],
  })
  return multiplyTiles(builder, gradient, { shape, weight, isWeightTransposed: true, addend })
}

/** The gradient at every output of a group's tiles, `[4 * tiles, outChannels]`. */
function takeGroupGradient(
  builder: GraphBuilder,
  gradient: Value,
  options: { shape: TiledShape; group: ImageGroup },
): Value {
  const { shape, group } = options
  const { side, batch, outChannels } = shape
  if (side % 2 === 1) return gatherRows(builder, gradient, listRowsOfOutputs(shape, group))
  if (group.count === batch) return gradient
  const tiles = tilesPerImage(side)
  const planes = builder.node('Reshape', [gradient, builder.int64([4, batch * tiles, outChannels])])
  const [start, end] = [group.first * tiles, (group.first + group.count) * tiles]
  return builder.node('Slice', [planes, builder.int64([start]), builder.int64([end]), builder.int64([1])])
}

/**
 * Gradient of the weight, `[9, inChannels, outChannels]`: the forward pass with every transform transposed. The groups'
 * shares are added before the last transform.
 */
export function differentiateTiledWeight(
  builder: GraphBuilder,
  rows: Value,
  options: { gradient: Value; shape: TiledShape },
): Value {
  const { shape } = options
  const { inChannels, outChannels, side } = shape
  const padded = appendZeroRow(builder, rows, inChannels)
  const gradient = side % 2 === 0 ? options.gradient : appendZeroRow(builder, options.gradient, outChannels)
  const shares = listGroups(shape).map((group) => {
    const count = group.count * tilesPerImage(side)
    const tiles = transformTiles(builder, padded, { shape, group, channels: inChannels })
    const spread = transform(builder, takeGroupGradient(builder, gradient, { shape, group }), {
      matrix: square(outputTransform),
      width: count * outChannels,
      shape: [points, count, outChannels],
      isTransposed: true,
    })
    return multiplyPoints(builder, tiles, { b: spread, transA: 1, transB: 0 })
  })
  const products = shares.reduce((sum, share) => builder.node('Add', [sum, share]))
  return transform(builder, products, {
    matrix: square(weightTransform),
    width: inChannels * outChannels,
    shape: [9, inChannels, outChannels],
    isTransposed: true,
  })
}
