import type { ChosenRole, Dnnl, ElementType, Layout, Memory, Operation, Plan, Role } from './dnnl.ts'
import { MemoryPlan } from './memory-plan.ts'
import type { Region } from './memory-plan.ts'

/** Where a tensor lies: in the shared block, or in an array of its own. */
export type Place = Region | NodeJS.TypedArray

export interface Tensor {
  readonly layout: Layout
  readonly place: Place
}

interface WrittenStep {
  readonly plan: Plan
  readonly operands: ReadonlyMap<Role, Tensor>
}

/** Steps in their order, ready to run. */
export interface Program {
  run(): void
}

/** A tensor whose array may be another in each run. */
export interface Movable {
  readonly tensor: Tensor
  /** Known once the program is finished. */
  move(data: NodeJS.TypedArray): void
}

const isArray = (place: Place): place is NodeJS.TypedArray => ArrayBuffer.isView(place)

/** The strides of a tensor whose last dimension varies fastest. */
export function listStrides(dims: readonly number[]): number[] {
  const strides: number[] = []
  let stride = 1
  for (const side of dims.toReversed()) {
    strides.unshift(stride)
    stride *= side
  }
  return strides
}

/** Memory that begins with a cache line: the library wants that, and the buffer of an array begins where it likes. */
export function takeLines(dnnl: Pick<Dnnl, 'addressOf'>, bytes: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(bytes + 64)
  const start = Number(-dnnl.addressOf(whole) & 63n)
  return whole.subarray(start, start + bytes)
}

/**
 * Writes programs of oneDNN's operations whose tensors share one block of memory. Places are taken and released in the
 * order of the steps, across all programs of one writer: they run in that order.
 */
export class ProgramWriter {
  readonly #dnnl: Dnnl
  readonly #memory = new MemoryPlan()
  readonly #programs: { steps: WrittenStep[]; packed: Uint8Array[] }[] = []
  readonly #movable = new Map<Tensor, Memory | undefined>()
  #block: Uint8Array<ArrayBuffer> | undefined

  constructor(dnnl: Dnnl) {
    this.#dnnl = dnnl
  }

  /** The steps that follow belong to a program of their own. */
  begin(): Program {
    const program: { steps: WrittenStep[]; packed: Uint8Array[] } = { steps: [], packed: [] }
    this.#programs.push(program)
    return {
      run: () => {
        program.packed.forEach((packed, index) => {
          const step = program.steps[index]
          if (step !== undefined) this.#dnnl.run(step.plan, packed)
        })
        this.#dnnl.finish()
      },
    }
  }

  plan(operation: Operation): Plan {
    return this.#dnnl.plan(operation)
  }

  chosen(plan: Plan, role: ChosenRole): Layout {
    return this.#dnnl.chosen(plan, role)
  }

  /** A layout that is left to the library. */
  any(dims: readonly number[], type: ElementType): Layout {
    return this.#dnnl.describe({ dims, type })
  }

  plain(dims: readonly number[], type: ElementType): Layout {
    return this.#dnnl.describe({ dims, type, strides: listStrides(dims) })
  }

  /** A tensor in an array of its own, of float32. */
  bind(data: Float32Array, spec: { dims: readonly number[]; strides?: readonly number[] }): Tensor {
    const { dims, strides = listStrides(dims) } = spec
    return { layout: this.#dnnl.describe({ dims, type: 'float32', strides }), place: data }
  }

  bindMovable(data: Float32Array, spec: { dims: readonly number[]; strides?: readonly number[] }): Movable {
    const tensor = this.bind(data, spec)
    this.#movable.set(tensor, undefined)
    return {
      tensor,
      move: (next) => {
        const memory = this.#movable.get(tensor)
        if (memory !== undefined) this.#dnnl.move(memory, this.#dnnl.addressOf(next))
      },
    }
  }

  take(layout: Layout): Tensor {
    return { layout, place: this.#memory.take(this.#dnnl.countBytes(layout)) }
  }

  /** After its last reader was written. */
  release({ place }: Tensor): void {
    if (!isArray(place)) this.#memory.release(place)
  }

  step(plan: Plan, operands: Partial<Record<Role, Tensor>>): void {
    const program = this.#programs.at(-1)
    if (program === undefined) throw new Error('No program was begun')
    program.steps.push({ plan, operands: new Map(entriesOf(operands)) })
  }

  /** The tensor in the layout that is wanted; `isNew` where that takes a copy. */
  inLayout(tensor: Tensor, layout: Layout): { tensor: Tensor; isNew: boolean } {
    if (this.#dnnl.areEqual(tensor.layout, layout)) return { tensor, isNew: false }
    const copy = this.take(layout)
    this.copy(tensor, copy)
    return { tensor: copy, isNew: true }
  }

  copy(from: Tensor, to: Tensor): void {
    const plan = this.plan({ kind: 'reorder', from: from.layout, to: to.layout })
    this.step(plan, { source: from, destination: to })
  }

  /** Takes the block and places every tensor; nothing can be written afterwards. */
  finish(): void {
    const block = takeLines(this.#dnnl, this.#memory.bytes)
    this.#block = block
    const base = this.#dnnl.addressOf(block)
    const placed = new Map<Tensor, Memory>()
    const placeOf = (tensor: Tensor): Memory => {
      const known = placed.get(tensor)
      if (known !== undefined) return known
      const { place } = tensor
      const address = isArray(place) ? this.#dnnl.addressOf(place) : base + BigInt(place.offset)
      const memory = this.#dnnl.place(tensor.layout, address)
      placed.set(tensor, memory)
      if (this.#movable.has(tensor)) this.#movable.set(tensor, memory)
      return memory
    }
    for (const { steps, packed } of this.#programs)
      for (const { plan, operands } of steps)
        packed.push(
          this.#dnnl.pack(plan, new Map(Array.from(operands, ([role, tensor]) => [role, placeOf(tensor)]))),
        )
  }

  /** A plain float32 tensor of the block, to be read or filled between programs. */
  view({ place }: Tensor, count: number): Float32Array {
    if (isArray(place) || this.#block === undefined) throw new Error('The tensor has no place in the block')
    return new Float32Array(this.#block.buffer, this.#block.byteOffset + place.offset, count)
  }

  get blockBytes(): number {
    return this.#memory.bytes
  }
}

const roles = [
  'source',
  'second',
  'weights',
  'bias',
  'destination',
  'mean',
  'variance',
  'scale',
  'shift',
  'workspace',
  'sourceGradient',
  'destinationGradient',
  'weightsGradient',
  'scaleGradient',
  'shiftGradient',
] as const satisfies readonly Role[]

const entriesOf = (operands: Partial<Record<Role, Tensor>>): [Role, Tensor][] =>
  roles.flatMap((role) => {
    const tensor = operands[role]
    return tensor === undefined ? [] : [[role, tensor] satisfies [Role, Tensor]]
  })
