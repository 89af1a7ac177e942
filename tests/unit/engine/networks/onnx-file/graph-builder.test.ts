import { describe, expect, it } from 'vitest'
import { createGraphBuilder, decodeModel } from '#engine/networks/onnx-file/graph-builder.ts'

describe('graph builder', () => {
  it('writes a model that reads back with nodes, constants, free axes and metadata', () => {
    const builder = createGraphBuilder()
    builder.input('x', 'float32', ['batch', 3])
    const sum = builder.node('ReduceSum', ['x', builder.int64([1])], { attributes: { keepdims: 0 } })
    builder.node('Add', [sum, builder.float32([0.5])], { outputs: ['y'] })
    builder.output('y', 'float32', ['batch'])
    const model = decodeModel(builder.build({ name: 'sum', metadata: { author: 'test' } }))
    expect(model).toMatchObject({ irVersion: 9n, producerName: 'Evenhand' })
    expect(model.opsetImport).toMatchObject([{ domain: '', version: 20n }])
    expect(model.metadataProps).toMatchObject([{ key: 'author', value: 'test' }])
    expect(model.graph?.node.map(({ opType, output }) => [opType, output.length])).toEqual([
      ['ReduceSum', 1],
      ['Add', 1],
    ])
  })

  it('shares equal constants, but never index lists', () => {
    const builder = createGraphBuilder()
    expect(builder.int64([1, 2])).toBe(builder.int64([1, 2]))
    expect(builder.float32([1])).not.toBe(builder.float32([1], [1]))
    expect(builder.indices(Int32Array.of(1))).not.toBe(builder.indices(Int32Array.of(1)))
  })

  it('names the domain of operators beyond the standard', () => {
    const builder = createGraphBuilder()
    builder.node('FusedMatMul', ['a', 'b'], { domain: 'com.microsoft' })
    expect(decodeModel(builder.build({ name: 'x' })).opsetImport.map(({ domain }) => domain)).toEqual([
      '',
      'com.microsoft',
    ])
  })

  it('refuses values that do not fill their shape', () => {
    expect(() => createGraphBuilder().initializer('w', [2, 2], new Float32Array(3))).toThrow(
      '3 values do not fill [2, 2]',
    )
  })

  it.each([[Uint8Array.of(255, 255, 255)], [new Uint8Array(0)]])(
    'refuses bytes that are no model',
    (bytes) => {
      expect(() => decodeModel(bytes)).toThrow('Not an ONNX model')
    },
  )
})
