import * as z from 'zod'
import { AppError } from '#shared/contract/errors.ts'
import type { StoredWeight } from '#engine/networks/faces/weight-files.ts'
import { gatherFloat32, listRowMajorStrides } from '#engine/networks/weights/weight-file.ts'

const text = z.object({ s: z.string() })
const whole = z.union([z.string(), z.number()]).transform(Number).pipe(z.int())
const list = z.object({ list: z.object({ i: z.array(whole).optional(), s: z.array(z.string()).optional() }) })
const attribute = z.union([text, list, z.object({ b: z.boolean() }), z.object({ i: whole })])

const node = z.object({
  name: z.string(),
  op: z.string(),
  input: z.array(z.string()).default([]),
  attr: z.record(z.string(), z.unknown()).default({}),
})

const weight = z.object({
  name: z.string(),
  shape: z.array(z.int().nonnegative()),
  dtype: z.enum(['float32', 'int32']),
  quantization: z.object({ dtype: z.literal('float16') }).optional(),
})

const graphModel = z.object({
  modelTopology: z.object({ node: z.array(node) }),
  weightsManifest: z.array(z.object({ weights: z.array(weight) })),
})

/** One operator of a TensorFlow graph. */
export interface GraphNode {
  readonly name: string
  readonly op: string
  /** Names of the nodes that it takes. */
  readonly inputs: readonly string[]
  /** A text, such as a padding. Throws without it. */
  readonly text: (attribute: string) => string
  /** Whole numbers, such as strides. Throws without them. */
  readonly numbers: (attribute: string) => readonly number[]
  /** Operators that are fused to it, in their order. */
  readonly fused: readonly string[]
  /** A bit mask, 0 where it is not given. */
  readonly mask: (attribute: string) => number
  readonly isSet: (attribute: string) => boolean
}

export interface TfjsGraph {
  /** Each after what it takes. */
  readonly nodes: readonly GraphNode[]
  /** By name, row-major in TensorFlow's order; whole numbers too. */
  readonly weights: ReadonlyMap<string, StoredWeight>
}

const decodeText = (base64: string): string => Buffer.from(base64, 'base64').toString('latin1')

function readNode({ name, op, input, attr }: z.infer<typeof node>): GraphNode {
  const find = (wanted: string) => attribute.safeParse(attr[wanted]).data
  const refuse = (wanted: string): never => {
    throw new Error(`The operator ${name} (${op}) has no ${wanted}`)
  }
  return {
    name,
    op,
    inputs: input.map((one) => one.replace(/:\d+$/, '')),
    text: (wanted) => {
      const found = find(wanted)
      return found !== undefined && 's' in found ? decodeText(found.s) : refuse(wanted)
    },
    numbers: (wanted) => {
      const found = find(wanted)
      return found !== undefined && 'list' in found && found.list.i !== undefined
        ? found.list.i
        : refuse(wanted)
    },
    fused: (() => {
      const found = find('fused_ops')
      return found !== undefined && 'list' in found ? (found.list.s ?? []).map(decodeText) : []
    })(),
    mask: (wanted) => {
      const found = find(wanted)
      return found !== undefined && 'i' in found ? found.i : 0
    },
    isSet: (wanted) => {
      const found = find(wanted)
      return found !== undefined && 'b' in found && found.b
    },
  }
}

/** The file lists operators in any order. */
function sortNodes(nodes: readonly GraphNode[]): GraphNode[] {
  const byName = new Map(nodes.map((one) => [one.name, one]))
  const sorted = new Set<GraphNode>()
  const visit = (name: string): void => {
    const found = byName.get(name)
    if (found === undefined) throw new Error(`The graph takes ${name}, which it does not hold`)
    if (sorted.has(found)) return
    for (const input of found.inputs) visit(input)
    sorted.add(found)
  }
  for (const { name } of nodes) visit(name)
  return [...sorted]
}

function readInt32(bytes: Uint8Array, count: number): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Float32Array.from({ length: count }, (_, at) => view.getInt32(4 * at, true))
}

const refuse = (what: string): never => {
  throw new AppError('INVALID_INPUT', `The network cannot be read: ${what}.`)
}

/**
 * A graph model of TensorFlow.js: its `model.json` and the one file of weights beside it, plain or kept as float16.
 * @throws Error naming what the file has and is not known here
 */
export function readTfjsGraph(description: Uint8Array, bytes: Uint8Array): TfjsGraph {
  const { modelTopology, weightsManifest } = graphModel.parse(
    JSON.parse(new TextDecoder().decode(description)),
  )
  const weights = new Map<string, StoredWeight>()
  let at = 0
  for (const { name, shape, dtype, quantization } of weightsManifest.flatMap((group) => group.weights)) {
    const count = shape.reduce((product, side) => product * side, 1)
    const type = quantization === undefined ? 'float32' : quantization.dtype
    const stored = bytes.subarray(at, at + count * (type === 'float16' ? 2 : 4))
    const layout = { type, shape, offset: 0, strides: listRowMajorStrides(shape) } as const
    weights.set(name, {
      shape,
      data: dtype === 'int32' ? readInt32(stored, count) : gatherFloat32(stored, layout, refuse),
    })
    at += stored.length
  }
  if (at !== bytes.length) throw new Error(`The manifest names ${at} of ${bytes.length} bytes`)
  return { nodes: sortNodes(modelTopology.node.map(readNode)), weights }
}
