/**
 * Every gradient the graph computes in float32, against central differences in float64 of an independent forward pass.
 * The differences are good to about 1e-9; what is allowed, 2e-5 of the largest value, is float32's.
 */
import { describe, expect, it } from 'vitest'
import { createRowOrder } from '#engine/networks/gradients/onnx/activation-rows.ts'
import { differentiateNorm, normalise } from '#engine/networks/gradients/onnx/batch-norm.ts'
import {
  convolveRows,
  differentiateInput,
  differentiateWeight,
} from '#engine/networks/gradients/onnx/row-convolution.ts'
import {
  differentiatePool,
  differentiateRelu,
  differentiateStemWeight,
  poolMaxima,
} from '#engine/networks/gradients/onnx/stem.ts'
import * as reference from '#tests/fixtures/reference-operators.ts'
import { differentiateNumerically, drawValues, measureError, runGraph } from './run-graph.ts'

const tolerance = 2e-5

/** `[batch, channels, side, side]` as the engine's rows, and back. */
function toRows(
  values: readonly number[],
  grid: { batch: number; side: number; channels: number },
): number[] {
  const { batch, side, channels } = grid
  const rowOf = createRowOrder(grid)
  const rows: number[] = Array.from({ length: values.length }, () => 0)
  values.forEach((value, index) => {
    const [x, y] = [index % side, Math.floor(index / side) % side]
    const [channel, image] = [
      Math.floor(index / (side * side)) % channels,
      Math.floor(index / (side * side * channels)),
    ]
    rows[rowOf(image % batch, y, x) * channels + channel] = value
  })
  return rows
}

/** `[out, in, kernel, kernel]` as `[kernel * kernel, in, out]`. */
const toTaps = (values: readonly number[], { inChannels, outChannels, kernel }: reference.Grid): number[] =>
  Array.from({ length: values.length }, (_, index) => {
    const output = index % outChannels
    const input = Math.floor(index / outChannels) % inChannels
    const tap = Math.floor(index / (outChannels * inChannels))
    return values[(output * inChannels + input) * kernel * kernel + tap] ?? Number.NaN
  })

const grids: Record<string, reference.Grid> = {
  '3x3, stride 1, even side': {
    batch: 2,
    side: 6,
    inChannels: 3,
    outChannels: 4,
    kernel: 3,
    stride: 1,
    padding: 1,
  },
  '3x3, stride 1, odd side': {
    batch: 2,
    side: 5,
    inChannels: 2,
    outChannels: 3,
    kernel: 3,
    stride: 1,
    padding: 1,
  },
  '3x3, stride 1, 2x2 pixels': {
    batch: 3,
    side: 2,
    inChannels: 3,
    outChannels: 2,
    kernel: 3,
    stride: 1,
    padding: 1,
  },
  '3x3, stride 1, one pixel': {
    batch: 3,
    side: 1,
    inChannels: 2,
    outChannels: 2,
    kernel: 3,
    stride: 1,
    padding: 1,
  },
  '3x3, stride 2, even to odd': {
    batch: 2,
    side: 6,
    inChannels: 3,
    outChannels: 2,
    kernel: 3,
    stride: 2,
    padding: 1,
  },
  '3x3, stride 2, even to even': {
    batch: 2,
    side: 4,
    inChannels: 2,
    outChannels: 3,
    kernel: 3,
    stride: 2,
    padding: 1,
  },
  '1x1, stride 2': { batch: 2, side: 4, inChannels: 3, outChannels: 5, kernel: 1, stride: 2, padding: 0 },
  '1x1, stride 1': { batch: 2, side: 3, inChannels: 3, outChannels: 2, kernel: 1, stride: 1, padding: 0 },
  '7x7, stride 2': { batch: 1, side: 8, inChannels: 2, outChannels: 2, kernel: 7, stride: 2, padding: 3 },
}

describe('convolution over rows', () => {
  it.each(Object.entries(grids))('%s: output, weight gradient and input gradient', async (_, grid) => {
    const { batch, side, inChannels, outChannels, kernel } = grid
    const out = reference.outSide(grid)
    const x = drawValues(batch * inChannels * side * side, 1)
    const w = drawValues(outChannels * inChannels * kernel * kernel, 2)
    const dy = drawValues(batch * outChannels * out * out, 3)
    const extra = drawValues(x.length, 4)
    const inGrid = { batch, side, channels: inChannels }
    const outGrid = { batch, side: out, channels: outChannels }
    const inShape = [batch * side * side, inChannels]
    const outShape = [batch * out * out, outChannels]
    const weightShape = [kernel * kernel, inChannels, outChannels]
    const results = await runGraph(
      {
        x: { shape: inShape, values: toRows(x, inGrid) },
        w: { shape: weightShape, values: toTaps(w, grid) },
        dy: { shape: outShape, values: toRows(dy, outGrid) },
        extra: { shape: inShape, values: toRows(extra, inGrid) },
      },
      (builder) => {
        const output = convolveRows(builder, 'x', { weight: 'w', shape: grid })
        return {
          y: [output, outShape],
          dw: [differentiateWeight(builder, 'x', { gradient: 'dy', shape: grid }), weightShape],
          dx: [differentiateInput(builder, 'dy', { weight: 'w', shape: grid }), inShape],
          dxPlus: [differentiateInput(builder, 'dy', { weight: 'w', shape: grid, addend: 'extra' }), inShape],
        }
      },
    )
    const dx = differentiateNumerically((values) => reference.convolve(values, w, grid), x, dy)
    const dw = differentiateNumerically((values) => reference.convolve(x, values, grid), w, dy)
    const dxPlus = dx.map((value, index) => value + (extra[index] ?? 0))
    expect(measureError(results.y, toRows(reference.convolve(x, w, grid), outGrid))).toBeLessThan(tolerance)
    expect(measureError(results.dw, toTaps(dw, grid))).toBeLessThan(tolerance)
    expect(measureError(results.dx, toRows(dx, inGrid))).toBeLessThan(tolerance)
    expect(measureError(results.dxPlus, toRows(dxPlus, inGrid))).toBeLessThan(tolerance)
  })
})

describe('stem', () => {
  it('gives the weight gradient of the 7x7 stride-2 convolution', async () => {
    const grid = { batch: 2, side: 8, inChannels: 3, outChannels: 4, kernel: 7, stride: 2, padding: 3 }
    const x = drawValues(2 * 3 * 8 * 8, 5)
    const w = drawValues(4 * 3 * 7 * 7, 6)
    const dy = drawValues(2 * 4 * 4 * 4, 7)
    const { dw } = await runGraph(
      { x: { shape: [2, 3, 8, 8], values: x }, dy: { shape: [2, 4, 16], values: dy } },
      (builder) => ({
        dw: [
          differentiateStemWeight(builder, 'x', { gradient: 'dy', batch: 2, side: 8, channels: 4 }),
          [4, 3, 7, 7],
        ],
      }),
    )
    const expected = differentiateNumerically((values) => reference.convolve(x, values, grid), w, dy)
    expect(measureError(dw, expected)).toBeLessThan(tolerance)
  })

  it('sends the gradient of max pooling to the maxima, overlapping windows summed', async () => {
    const x = drawValues(2 * 2 * 8 * 8, 8)
    const dy = drawValues(2 * 2 * 4 * 4, 9)
    const { dx } = await runGraph(
      { x: { shape: [2, 2, 8, 8], values: x }, dy: { shape: [2, 2, 4, 4], values: dy } },
      (builder) => {
        const { positions } = poolMaxima(builder, 'x')
        return {
          dx: [
            differentiatePool(builder, 'dy', { positions, like: 'x', batch: 2, channels: 2, side: 8 }),
            [2, 2, 64],
          ],
        }
      },
    )
    const expected = differentiateNumerically(
      (values) => reference.poolMaxima(values, { planes: 4, side: 8 }),
      x,
      dy,
    )
    expect(measureError(dx, expected)).toBeLessThan(tolerance)
  })

  it('gives the whole gradient to the first of equal maxima, as PyTorch does', async () => {
    const { dx } = await runGraph(
      { x: { shape: [1, 1, 2, 2], values: [3, 3, 3, 3] }, dy: { shape: [1, 1, 1, 1], values: [5] } },
      (builder) => {
        const { positions } = poolMaxima(builder, 'x')
        return {
          dx: [
            differentiatePool(builder, 'dy', { positions, like: 'x', batch: 1, channels: 1, side: 2 }),
            [1, 1, 4],
          ],
        }
      },
    )
    expect(dx).toEqual([5, 0, 0, 0])
  })

  it('cuts the gradient of ReLU where the output is 0', async () => {
    const { dx } = await runGraph(
      { y: { shape: [4], values: [0, 2, 0, 1e-30] }, dy: { shape: [4], values: [1, -2, 3, 4] } },
      (builder) => ({ dx: [differentiateRelu(builder, 'dy', 'y'), [4]] }),
    )
    expect(dx).toEqual([0, -2, 0, 4])
  })
})

describe('batch normalisation', () => {
  const [batch, channels, pixels] = [3, 2, 4]
  const toLayout = (values: readonly number[], layout: 'rows' | 'planes'): number[] =>
    layout === 'planes'
      ? [...values]
      : Array.from({ length: values.length }, (_, index) => {
          const [row, channel] = [Math.floor(index / channels), index % channels]
          return (
            values[(Math.floor(row / pixels) * channels + channel) * pixels + (row % pixels)] ?? Number.NaN
          )
        })

  const run = (layout: 'rows' | 'planes', x: readonly number[], dy: readonly number[]) => {
    const shape = layout === 'rows' ? [batch * pixels, channels] : [batch, channels, pixels]
    return runGraph(
      {
        x: { shape, values: toLayout(x, layout) },
        dy: { shape, values: toLayout(dy, layout) },
        scale: { shape: [channels], values: [1.5, -0.5] },
        shift: { shape: [channels], values: [0.25, 2] },
        mean: { shape: [channels], values: [1, -1] },
        variance: { shape: [channels], values: [2, 3] },
      },
      (builder) => {
        const normShape = { layout, channels, count: batch * pixels }
        const state = { scale: 'scale', shift: 'shift', runningMean: 'mean', runningVariance: 'variance' }
        const forward = normalise(builder, 'x', { state, shape: normShape })
        const backward = differentiateNorm(builder, 'dy', { forward, scale: 'scale', shape: normShape })
        const factor =
          layout === 'rows'
            ? backward.factor
            : builder.node('Reshape', [backward.factor, builder.int64([channels, 1])])
        return {
          y: [forward.output, shape],
          dx: [builder.node('Mul', [backward.reduced, factor]), shape],
          dScale: [backward.scaleGradient, [channels]],
          dShift: [backward.shiftGradient, [channels]],
          nextMean: [forward.nextRunningMean, [channels]],
          nextVariance: [forward.nextRunningVariance, [channels]],
        }
      },
    )
  }

  it.each(['rows', 'planes'] as const)('%s: output, gradients and running statistics', async (layout) => {
    const x = drawValues(batch * channels * pixels, 10)
    const dy = drawValues(x.length, 11)
    const [scale, shift] = [
      [1.5, -0.5],
      [0.25, 2],
    ]
    const norm = (values: number[], s = scale, t = shift) =>
      reference.batchNormalise(values, { scale: s, shift: t, batch, pixels })
    const results = await run(layout, x, dy)
    expect(measureError(results.y, toLayout(norm(x), layout))).toBeLessThan(tolerance)
    expect(
      measureError(
        results.dx,
        toLayout(
          differentiateNumerically((v) => norm(v), x, dy),
          layout,
        ),
      ),
    ).toBeLessThan(tolerance)
    expect(
      measureError(
        results.dScale,
        differentiateNumerically((v) => norm(x, v), scale, dy),
      ),
    ).toBeLessThan(tolerance)
    expect(
      measureError(
        results.dShift,
        differentiateNumerically((v) => norm(x, scale, v), shift, dy),
      ),
    ).toBeLessThan(tolerance)
    const own = (c: number) => x.filter((_, index) => Math.floor(index / pixels) % channels === c)
    const means = [0, 1].map((c) => own(c).reduce((sum, value) => sum + value, 0) / (batch * pixels))
    const variances = [0, 1].map(
      (c) => own(c).reduce((sum, value) => sum + (value - (means[c] ?? 0)) ** 2, 0) / (batch * pixels - 1),
    )
    expect(
      measureError(results.nextMean, [0.9 + 0.1 * (means[0] ?? 0), -0.9 + 0.1 * (means[1] ?? 0)]),
    ).toBeLessThan(tolerance)
    expect(
      measureError(results.nextVariance, [1.8 + 0.1 * (variances[0] ?? 0), 2.7 + 0.1 * (variances[1] ?? 0)]),
    ).toBeLessThan(tolerance)
  })

  it.each(['rows', 'planes'] as const)(
    '%s: a mean 10,000 times the deviation costs no more than the input itself',
    async (layout) => {
      const x = drawValues(batch * channels * pixels, 12).map((value) => Math.fround(1000 + value / 10))
      const dy = drawValues(x.length, 13)
      const norm = (values: number[]) =>
        reference.batchNormalise(values, { scale: [1.5, -0.5], shift: [0.25, 2], batch, pixels })
      const results = await run(layout, x, dy)
      // float32 holds the mean of about 1000 to 6e-5, which is 6e-4 of the deviation of 0.1; E[x^2] - E[x]^2 would be noise.
      expect(measureError(results.y, toLayout(norm(x), layout))).toBeLessThan(1e-3)
      expect(measureError(results.dx, toLayout(differentiateNumerically(norm, x, dy), layout))).toBeLessThan(
        2e-3,
      )
    },
  )
})
