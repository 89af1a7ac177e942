import { createRequire } from 'node:module'
import type Koffi from 'koffi'
import type { LibraryHandle } from 'koffi'
import { AppError } from '#shared/contract/errors.ts'
import type {
  Address,
  ChosenRole,
  Dnnl,
  Layout,
  LibraryFacts,
  Operation,
  Plan,
  Role,
} from '#engine/networks/gradients/onednn/dnnl.ts'
import { bindSecondInterface } from './second-interface.ts'
import { decodeAddress, makeAddress, planBy } from './interface.ts'
import type { Bind, Interface } from './interface.ts'
import { bindThirdInterface } from './third-interface.ts'

/** DNNL_ARG_* and dnnl_query_*_md, which 2.x and 3.x share. */
const argumentNumbers: Readonly<Record<Role, number>> = {
  source: 1,
  second: 2,
  destination: 17,
  weights: 33,
  bias: 41,
  mean: 49,
  variance: 50,
  scale: 51,
  shift: 52,
  workspace: 64,
  sourceGradient: 129,
  destinationGradient: 145,
  weightsGradient: 161,
  scaleGradient: 255,
  shiftGradient: 256,
}
const queryNumbers: Readonly<Record<ChosenRole, number>> = {
  source: 129,
  sourceGradient: 130,
  weights: 131,
  weightsGradient: 132,
  destination: 133,
  destinationGradient: 134,
  workspace: 135,
}

/** Bits of dnnl_cpu_isa_t that mean the same in 2.x and 3.x, the widest first. */
const instructionSets = [
  [0x200, 'AMX'],
  [0x80, 'AVX-512 with bf16'],
  [0x40, 'AVX-512 with VNNI'],
  [0x20, 'AVX-512'],
  [0x4, 'AVX2'],
  [0x2, 'AVX'],
  [0x1, 'SSE4.1'],
] as const
const bf16Bit = 0x80

const nameInstructions = (bits: number): string =>
  instructionSets.find(([bit]) => (bits & bit) !== 0)?.[1] ?? 'no vector instructions that it names'

const statusTexts = ['success', 'out of memory', 'invalid arguments', 'unimplemented', 'end', 'runtime error']

const cpuEngine = 1
const inOrderStream = 1

type NativeFunction = (...values: readonly unknown[]) => unknown

const load = createRequire(import.meta.url)

/** On first use: a platform that koffi has no binary for still trains by the other engines. */
function loadLibrary(path: string): { koffi: typeof Koffi; library: LibraryHandle } {
  try {
    const koffi: typeof Koffi = load('koffi')
    return { koffi, library: koffi.load(path) }
  } catch (error) {
    const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    throw new AppError('UNAVAILABLE', `oneDNN could not be loaded from ${path}: ${reason}`)
  }
}

function createBind(library: LibraryHandle, path: string): Bind {
  const find = (definition: string): NativeFunction => {
    try {
      return library.func(definition)
    } catch {
      throw new AppError(
        'UNAVAILABLE',
        `${path} is not oneDNN, or another version of it: it lacks ${definition}`,
      )
    }
  }
  return {
    /** A function that answers with dnnl_status_t. */
    status(definition) {
      const call = find(`int ${definition}`)
      const [name = definition] = definition.split('(')
      return (...values) => {
        const status = Number(call(...values))
        if (status === 0) return
        const reason = statusTexts[status] ?? `status ${status}`
        throw new Error(`oneDNN: ${name} failed: ${reason}`)
      }
    },
    number(definition) {
      const call = find(definition)
      return (...values) => Number(call(...values))
    },
    address(definition) {
      const call = find(`void *${definition}`)
      return (...values) => decodeAddress(call(...values))
    },
  }
}

/** @throws AppError UNAVAILABLE where the version has an interface that is not known. */
function bindInterface(bind: Bind, version: readonly number[], path: string): Interface {
  const [major = 0] = version
  if (major === 2) return bindSecondInterface(bind)
  if (major === 3) return bindThirdInterface(bind)
  throw new AppError(
    'UNAVAILABLE',
    `oneDNN ${version.join('.')} at ${path} has another interface than 2.x and 3.x, which alone are known here.`,
  )
}

function readVersion(koffi: typeof Koffi, bind: Bind): number[] {
  const address = bind.address('dnnl_version()')()
  return [...koffi.decode(address, 'int', 3)].map(Number)
}

/** Only libraries that thread by OpenMP can be told; others take the cores they find. */
function setThreads(library: LibraryHandle, threads: number): void {
  try {
    library.func('void omp_set_num_threads(int)')(threads)
  } catch {
    return
  }
}

/**
 * Loads oneDNN for this thread.
 * @throws AppError UNAVAILABLE with the reason where it cannot be loaded or is of a version that is not known.
 */
export function openDnnl(path: string, threads: number): Dnnl {
  const { koffi, library } = loadLibrary(path)
  const bind = createBind(library, path)
  const version = readVersion(koffi, bind)
  const known = bindInterface(bind, version, path)
  setThreads(library, threads)
  const instructions = bind.number('int dnnl_get_effective_cpu_isa()')()
  const facts: LibraryFacts = {
    path,
    version: version.join('.'),
    instructions: nameInstructions(instructions),
    hasBf16: (instructions & bf16Bit) !== 0,
  }
  return new OpenDnnl({ koffi, bind, known }, facts)
}

class OpenDnnl implements Dnnl {
  readonly facts: LibraryFacts
  readonly #koffi: typeof Koffi
  readonly #known: Interface
  readonly #calls: ReturnType<typeof bindCommon>
  readonly #engine: Address
  readonly #stream: Address
  /** Undone last first. */
  readonly #owned: (() => void)[] = []

  constructor(
    { koffi, bind, known }: { koffi: typeof Koffi; bind: Bind; known: Interface },
    facts: LibraryFacts,
  ) {
    this.facts = facts
    this.#koffi = koffi
    this.#known = known
    this.#calls = bindCommon(bind)
    this.#engine = makeAddress(this.#calls.createEngine, cpuEngine, 0)
    this.#owned.push(() => this.#calls.destroyEngine(this.#engine))
    this.#stream = makeAddress(this.#calls.createStream, this.#engine, inOrderStream)
    this.#owned.push(() => this.#calls.destroyStream(this.#stream))
  }

  describe(...[spec]: Parameters<Dnnl['describe']>): Layout {
    const { layout, destroy } = this.#known.describe(spec)
    if (destroy !== undefined) this.#owned.push(destroy)
    return layout
  }

  countBytes(layout: Layout): number {
    return this.#calls.countBytes(layout)
  }

  areEqual(one: Layout, other: Layout): boolean {
    return this.#calls.areEqual(one, other) !== 0
  }

  plan(operation: Operation): Plan {
    const descriptor =
      operation.kind === 'reorder'
        ? makeAddress(
            this.#calls.describeReorder,
            operation.from,
            this.#engine,
            operation.to,
            this.#engine,
            null,
          )
        : planBy(this.#known.planners, operation, this.#engine)
    this.#owned.push(() => this.#calls.destroyDescriptor(descriptor))
    const primitive = makeAddress(this.#calls.createPrimitive, descriptor)
    this.#owned.push(() => this.#calls.destroyPrimitive(primitive))
    return { descriptor, primitive, refused: this.#known.listRefused(operation) }
  }

  chosen({ descriptor }: Plan, role: ChosenRole): Layout {
    const layout = this.#calls.queryLayout(descriptor, queryNumbers[role], 0)
    if (layout === 0n) throw new Error(`oneDNN: an operation has no ${role}`)
    return layout
  }

  addressOf(data: NodeJS.TypedArray): Address {
    return this.#koffi.address(data)
  }

  place(layout: Layout, address: Address): Address {
    const memory = makeAddress(this.#calls.createMemory, layout, this.#engine, address)
    this.#owned.push(() => this.#calls.destroyMemory(memory))
    return memory
  }

  move(memory: Address, address: Address): void {
    this.#calls.moveMemory(memory, address)
  }

  /** `dnnl_exec_arg_t[]`: a number and an address, 16 bytes each. */
  pack({ refused }: Plan, operands: ReadonlyMap<Role, Address>): Uint8Array {
    const given = [...operands].filter(([role]) => !refused.includes(role))
    const packed = new Uint8Array(given.length * 16)
    const view = new DataView(packed.buffer)
    let at = 0
    for (const [role, memory] of given) {
      view.setInt32(at, argumentNumbers[role], true)
      view.setBigUint64(at + 8, memory, true)
      at += 16
    }
    return packed
  }

  run({ primitive }: Plan, packed: Uint8Array): void {
    this.#calls.execute(primitive, this.#stream, packed.length / 16, packed)
  }

  finish(): void {
    this.#calls.wait(this.#stream)
  }

  close(): void {
    for (const undo of this.#owned.toReversed()) undo()
    this.#owned.length = 0
  }
}

/** What 2.x and 3.x share. */
function bindCommon(bind: Bind) {
  return {
    createEngine: bind.status('dnnl_engine_create(_Out_ void **engine, int kind, size_t index)'),
    destroyEngine: bind.status('dnnl_engine_destroy(void *engine)'),
    createStream: bind.status('dnnl_stream_create(_Out_ void **stream, void *engine, uint32_t flags)'),
    destroyStream: bind.status('dnnl_stream_destroy(void *stream)'),
    wait: bind.status('dnnl_stream_wait(void *stream)'),
    countBytes: bind.number('size_t dnnl_memory_desc_get_size(void *layout)'),
    areEqual: bind.number('int dnnl_memory_desc_equal(void *one, void *other)'),
    queryLayout: bind.address('dnnl_primitive_desc_query_md(void *descriptor, int what, int index)'),
    createMemory: bind.status(
      'dnnl_memory_create(_Out_ void **memory, void *layout, void *engine, void *address)',
    ),
    moveMemory: bind.status('dnnl_memory_set_data_handle(void *memory, void *address)'),
    destroyMemory: bind.status('dnnl_memory_destroy(void *memory)'),
    createPrimitive: bind.status('dnnl_primitive_create(_Out_ void **primitive, void *descriptor)'),
    destroyPrimitive: bind.status('dnnl_primitive_destroy(void *primitive)'),
    destroyDescriptor: bind.status('dnnl_primitive_desc_destroy(void *descriptor)'),
    describeReorder: bind.status(
      'dnnl_reorder_primitive_desc_create(_Out_ void **descriptor, void *from, void *fromEngine, void *to, void *toEngine, void *attributes)',
    ),
    execute: bind.status('dnnl_primitive_execute(void *primitive, void *stream, int count, void *operands)'),
  }
}
