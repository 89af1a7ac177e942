import { describe, expect, it } from 'vitest'
import { decodeModel } from '#engine/networks/onnx-file/graph-builder.ts'
import { buildGradientGraph } from '#engine/networks/gradients/onnx/build-gradient-graph.ts'
import { poolPlanes, spreadToMaxima } from '#engine/networks/gradients/onnx/masked-pool.ts'
import { differentiatePool, poolMaxima } from '#engine/networks/gradients/onnx/stem.ts'
import { planTraining } from '#engine/networks/gradients/onnx/training-plan.ts'
import { drawValues, measureError, runGraph } from './run-graph.ts'

const [batch, channels, side] = [2, 3, 8]
const pooled = side / 2

function listOperators(model: Uint8Array): Set<string> {
  return new Set(decodeModel(model).graph?.node.map(({ opType }) => opType))
}

describe('graphs for GPUs', () => {
  it('send a pooled gradient to the same pixels without positions, the first of equal ones', async () => {
    // Whole numbers: many windows have several equal maxima.
    const values = drawValues(batch * channels * side * side, 1).map(
      (value) => Math.round(Math.abs(value)) + 1,
    )
    const inputs = {
      planes: { shape: [batch, channels, side, side], values },
      gradient: {
        shape: [batch, channels, pooled, pooled],
        values: drawValues(batch * channels * pooled * pooled, 2),
      },
    }
    const { byMasks, byPositions } = await runGraph(inputs, (builder) => {
      const shape = { batch, channels, side }
      const { positions } = poolMaxima(builder, 'planes')
      const maxima = poolPlanes(builder, 'planes')
      const flat = [batch, channels, side * side] as const
      return {
        byPositions: [differentiatePool(builder, 'gradient', { ...shape, positions, like: 'planes' }), flat],
        byMasks: [spreadToMaxima(builder, 'gradient', { ...shape, planes: 'planes', maxima }), flat],
      }
    })
    expect(measureError(byMasks, byPositions)).toBeLessThan(1e-6)
  })

  it('hold no operator that the WebGPU provider would hand back to the processor', () => {
    const plan = planTraining(
      { arch: 'resnet18', inputSize: 64, heads: [{ task: 'gender', classes: 2 }] },
      {
        batchSize: 2,
        threads: 1,
        optimiser: {
          kind: 'sgd',
          momentum: 0.9,
          nesterov: false,
          weightDecay: 0,
          decayNormsAndBiases: false,
        },
      },
      'gpu',
    )
    const used = [...listOperators(buildGradientGraph(plan))]
    const handedBack = ['FusedMatMul', 'LogSoftmax', 'Sum']
    expect(used.filter((operator) => handedBack.includes(operator))).toEqual([])
  })
})
