import type { BufferSpec, ParameterSpec } from '#engine/models/resnet.ts'
import type { RuntimeTensor } from '#engine/runtime/inference-session.ts'
import type { NamedTensor, NetworkSpec, OptimiserState, StateDict } from '#engine/training/training-engine.ts'
import { graphNames } from './build-training-graph.ts'
import { fromTapsFirst, listTapsFirst, toTapsFirst } from './weight-layout.ts'

type Buffers = Map<string, RuntimeTensor & { type: 'float32' }>

/** Weights, running statistics and moments between steps, in the graph's layout, twice: one side is read while the other is written. */
export interface StoredState {
  load(state: { weights: StateDict; optimiser?: OptimiserState }): void
  step(): number
  /** Changes whenever the weights do. */
  version(): number
  feedAll(): Record<string, RuntimeTensor>
  /** Parameters and running statistics, without the moments. */
  feedWeights(): Record<string, RuntimeTensor>
  /** Where the next step's outputs belong, by output name. */
  targets(): Record<string, RuntimeTensor>
  /** Makes the written side the current one. */
  advance(): void
  weights(): StateDict
  optimiser(): OptimiserState
  /** A tensor from the graph's layout to torchvision's. */
  restore(name: string, tensor: NamedTensor): NamedTensor
}

/** The parameter that a moment belongs to. */
const parameterOf = (name: string): string => name.replace(/^[mv]\//, '')

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1)

function takeTensor(source: StateDict, name: string, shape: readonly number[]): NamedTensor {
  const tensor = source.get(name)
  if (tensor === undefined) throw new RangeError(`The weights lack ${name}`)
  if (tensor.shape.join() !== shape.join() || tensor.data.length !== sizeOf(shape))
    throw new RangeError(
      `${name} has the shape [${tensor.shape.join(', ')}] where the network wants [${shape.join(', ')}]`,
    )
  return tensor
}

/** Starts with zeros everywhere; `load` fills it and throws a RangeError naming a missing or misshapen tensor. */
export function createStoredState(options: {
  network: NetworkSpec
  shapes: ReadonlyMap<string, readonly number[]>
  names: { parameters: readonly ParameterSpec[]; buffers: readonly BufferSpec[] }
}): StoredState {
  const { network, shapes, names } = options
  const tapsFirst = listTapsFirst(network)
  const originals = new Map([...names.parameters, ...names.buffers].map(({ name, shape }) => [name, shape]))
  const momentNames = names.parameters.flatMap(({ name }) => [
    graphNames.firstMoment(name),
    graphNames.secondMoment(name),
  ])
  const allocate = (): Buffers =>
    new Map(
      [...originals.keys(), ...momentNames].map((name) => {
        const dims = shapes.get(parameterOf(name)) ?? []
        return [name, { type: 'float32', dims, data: new Float32Array(sizeOf(dims)) }]
      }),
    )
  let current = allocate()
  let next = allocate()
  let completed = 0
  let version = 0

  const store = (name: string, tensor: NamedTensor): void => {
    const moved = tapsFirst.has(parameterOf(name)) ? toTapsFirst(tensor) : tensor
    current.get(name)?.data.set(moved.data)
  }
  const restore = (name: string, { shape, data }: NamedTensor): NamedTensor =>
    tapsFirst.has(parameterOf(name)) ? fromTapsFirst(data, shape) : { shape, data: data.slice() }
  const collect = (wanted: Iterable<string>): StateDict =>
    new Map(
      [...wanted].map((name) => {
        const shape = originals.get(parameterOf(name)) ?? []
        return [name, restore(name, { shape, data: current.get(name)?.data ?? new Float32Array(0) })]
      }),
    )

  return {
    load({ weights, optimiser }) {
      const wanted = [...originals].map(([name, shape]) => [name, takeTensor(weights, name, shape)] as const)
      const moments = momentNames.map((name) => {
        const shape = originals.get(parameterOf(name)) ?? []
        const empty = { shape, data: new Float32Array(sizeOf(shape)) }
        return [name, optimiser === undefined ? empty : takeTensor(optimiser.moments, name, shape)] as const
      })
      for (const [name, tensor] of [...wanted, ...moments]) store(name, tensor)
      completed = optimiser?.step ?? 0
      version++
    },
    step: () => completed,
    version: () => version,
    feedAll: () => Object.fromEntries(current),
    feedWeights: () => Object.fromEntries([...current].filter(([name]) => originals.has(name))),
    targets: () => Object.fromEntries([...next].map(([name, tensor]) => [graphNames.next(name), tensor])),
    advance() {
      ;[current, next] = [next, current]
      completed++
      version++
    },
    weights: () => collect(originals.keys()),
    optimiser: () => ({ step: completed, moments: collect(momentNames) }),
    restore,
  }
}
