import { describe, expect, it } from 'vitest'
import { measureCrossEntropy } from '#engine/networks/gradients/onnx/head-losses.ts'
import {
  applyLinear,
  differentiateLinear,
  differentiateLinearInput,
} from '#engine/networks/gradients/onnx/heads.ts'
import * as reference from '#tests/fixtures/reference-operators.ts'
import { differentiateNumerically, drawValues, measureError, runGraph } from './run-graph.ts'

const tolerance = 2e-5
const [batch, inputs, classes] = [5, 4, 3]

const makePlainLoss = (count: number) => ({
  kind: 'cross-entropy' as const,
  targets: Float32Array.from({ length: count * count }, (_, at) => (at % (count + 1) === 0 ? 1 : 0)),
  weights: new Float32Array(count).fill(1),
})

function runHead(options: {
  labels: readonly number[]
  x: readonly number[]
  w: readonly number[]
  b: readonly number[]
}) {
  const { labels, x, w, b } = options
  return runGraph(
    {
      x: { shape: [batch, inputs], values: x },
      w: { shape: [classes, inputs], values: w },
      b: { shape: [classes], values: b },
      labels: { shape: [batch], values: labels, type: 'int32' },
    },
    (builder) => {
      const logits = applyLinear(builder, 'x', { weight: 'w', bias: 'b' })
      const loss = makePlainLoss(classes)
      const head = measureCrossEntropy(builder, logits, { labels: 'labels', batch, classes, loss })
      const backward = differentiateLinear(builder, head.gradient, { input: 'x' })
      const inputOptions = { weight: 'w', addend: undefined }
      return {
        loss: [head.loss, []],
        dx: [differentiateLinearInput(builder, head.gradient, inputOptions), [batch, inputs]],
        dw: [backward.weight, [classes, inputs]],
        db: [backward.bias, [classes]],
      }
    },
  )
}

const linear = (x: readonly number[], w: readonly number[], b: readonly number[]): number[] =>
  Array.from({ length: batch * classes }, (_, index) => {
    const [n, k] = [Math.floor(index / classes), index % classes]
    return Array.from(
      { length: inputs },
      (__, i) => (x[n * inputs + i] ?? 0) * (w[k * inputs + i] ?? 0),
    ).reduce((sum, product) => sum + product, b[k] ?? 0)
  })

describe('masked cross-entropy through a linear head', () => {
  const x = drawValues(batch * inputs, 21)
  const w = drawValues(classes * inputs, 22)
  const b = drawValues(classes, 23)

  it.each([
    ['every item labelled', [0, 1, 2, 1, 0]],
    ['some labels missing', [-1, 2, -1, 0, 1]],
    ['a single label', [-1, -1, -1, -1, 2]],
  ])('%s: loss and gradients', async (_, labels) => {
    const results = await runHead({ labels, x, w, b })
    const loss = (xs: readonly number[], ws: readonly number[], bs: readonly number[]) => [
      reference.crossEntropy(linear(xs, ws, bs), labels, classes),
    ]
    expect(measureError(results.loss, loss(x, w, b))).toBeLessThan(tolerance)
    expect(
      measureError(
        results.dx,
        differentiateNumerically((v) => loss(v, w, b), x, [1]),
      ),
    ).toBeLessThan(tolerance)
    expect(
      measureError(
        results.dw,
        differentiateNumerically((v) => loss(x, v, b), w, [1]),
      ),
    ).toBeLessThan(tolerance)
    expect(
      measureError(
        results.db,
        differentiateNumerically((v) => loss(x, w, v), b, [1]),
      ),
    ).toBeLessThan(tolerance)
  })

  it('a task without any label costs 0 and teaches nothing', async () => {
    const results = await runHead({ labels: [-1, -1, -1, -1, -1], x, w, b })
    expect(Object.values(results).flat().map(Math.abs)).toEqual(
      Array.from({ length: 1 + 20 + 12 + 3 }, () => 0),
    )
  })

  it('extreme logits stay finite', async () => {
    const results = await runHead({ labels: [0, 1, 2, -1, 0], x: x.map((value) => value * 1e4), w, b })
    expect(Object.values(results).flat().every(Number.isFinite)).toBe(true)
  })
})
