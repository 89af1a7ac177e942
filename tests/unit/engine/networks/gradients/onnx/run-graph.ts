import { createGraphBuilder } from '#engine/networks/onnx-file/graph-builder.ts'
import type { GraphBuilder, Value } from '#engine/networks/onnx-file/graph-builder.ts'
import { createOrtRuntime } from '#engine/base/runtime/adapters/ort.ts'
import type { RuntimeTensor } from '#engine/base/runtime/inference-session.ts'

export interface Input {
  readonly shape: readonly number[]
  readonly values: readonly number[]
  readonly type?: 'int32' | 'float64'
}

const toTensor = ({ shape, values, type }: Input): RuntimeTensor => {
  if (type === 'int32') return { type, dims: shape, data: Int32Array.from(values) }
  if (type === 'float64') return { type, dims: shape, data: Float64Array.from(values) }
  return { type: 'float32', dims: shape, data: Float32Array.from(values) }
}

/** Builds a graph over the inputs and runs it; gives every output that `build` names with its shape. */
export async function runGraph<Name extends string>(
  inputs: Readonly<Record<string, Input>>,
  build: (builder: GraphBuilder) => Record<Name, readonly [Value, readonly number[]]>,
): Promise<Record<Name, number[]>> {
  const builder = createGraphBuilder()
  for (const [name, { shape, type = 'float32' }] of Object.entries(inputs)) builder.input(name, type, shape)
  const outputs = build(builder)
  for (const [name, [value, shape]] of Object.entries<readonly [Value, readonly number[]]>(outputs)) {
    builder.node('Identity', [value], { outputs: [`out/${name}`] })
    builder.output(`out/${name}`, 'float32', shape)
  }
  const session = await createOrtRuntime().createSession(builder.build({ name: 'test' }), { threads: 1 })
  const results = await session.run(
    Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, toTensor(input)])),
  )
  await session.dispose()
  const read = (name: string): number[] => Array.from(results[`out/${name}`]?.data ?? [], Number)
  return Object.fromEntries(Object.keys(outputs).map((name) => [name, read(name)])) as Record<Name, number[]>
}

/** Reproducible values, about standard normal, exact in float32 so that both sides start from the same numbers. */
export function drawValues(count: number, seed: number): number[] {
  let state = (seed * 2654435761) >>> 0
  const uniform = (): number => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0
    return ((state ^ (state >>> 12)) >>> 0) / 2 ** 32
  }
  return Array.from(
    { length: count },
    () => Math.fround(uniform() + uniform() + uniform() + uniform() - 2) * 1.7,
  ).map(Math.fround)
}

/** Central differences in float64 of sum(weights * f(values)) with respect to `values`. */
export function differentiateNumerically(
  f: (values: number[]) => number[],
  values: readonly number[],
  weights: readonly number[],
): number[] {
  const step = 1e-5
  const score = (at: number[]): number =>
    f(at).reduce((sum, value, index) => sum + value * (weights[index] ?? 0), 0)
  return values.map((value, index) => {
    const up = values.with(index, value + step)
    const down = values.with(index, value - step)
    return (score(up) - score(down)) / (2 * step)
  })
}

/** The largest difference relative to the largest reference value. */
export function measureError(actual: readonly number[], reference: readonly number[]): number {
  const scale = Math.max(...reference.map(Math.abs), 1e-12)
  if (actual.length !== reference.length) return Number.POSITIVE_INFINITY
  return Math.max(...reference.map((value, index) => Math.abs(value - (actual[index] ?? Number.NaN)))) / scale
}
