/**
 * A restricted unpickler: Python's pickle virtual machine (protocols 0 to 5, as documented in CPython's pickletools)
 * without its power. Nothing is imported and nothing is called but functions of this program that the caller lists by
 * name. Objects of other names become stand-ins that hold nothing, where the caller deems the name harmless; every
 * other name and every opcode that is not needed for tensors, containers and objects is refused by name.
 */
import type { Refuse } from './weight-file.ts'
import { PickleDict, PickleGlobal, PickleSequence, PickleStandIn, type PickleValue } from './pickle-values.ts'

export interface UnpickleOptions {
  /** What each allowed name does when the pickle calls it; null when it may be named but not called. */
  readonly globals: ReadonlyMap<string, ((args: readonly PickleValue[]) => PickleValue) | null>
  /** Whether what a name outside the list would make may be stood in for, rather than the file being refused. */
  readonly isHarmless: (name: string) => boolean
  readonly loadPersistent: (id: PickleValue) => PickleValue
  readonly refuse: Refuse
}

export interface Unpickled {
  readonly value: PickleValue
  /** The first byte behind the pickle. */
  readonly end: number
  /** What stand-ins were made for, by name. */
  readonly standIns: ReadonlySet<string>
}

/** Far above any state dict, which takes about 60 opcodes per tensor; bounds time and memory. */
const maximalOpcodes = 2_000_000
const maximalIntegerBytes = 16
const longestLine = 1 << 16

/** Follows the name of what a file was refused for. */
export const whatIsRead =
  'only tensors and containers are read, and no code is run. If you trust the file, load it in PyTorch and save the ' +
  'state_dict alone'

/** Opcodes that can build other objects, or nothing that a weight file needs. */
const refusedOpcodes: Readonly<Record<number, string>> = {
  0x50: 'PERSID',
  0x6f: 'OBJ',
  0x82: 'EXT1',
  0x83: 'EXT2',
  0x84: 'EXT4',
  0x96: 'BYTEARRAY8',
  0x97: 'NEXT_BUFFER',
  0x98: 'READONLY_BUFFER',
}

/** A position on the stack where a group begins. */
const mark = Symbol('mark')
type StackItem = PickleValue | typeof mark

class PickleMachine {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #options: UnpickleOptions
  readonly #stack: StackItem[] = []
  readonly #memo = new Map<number, PickleValue>()
  readonly #standIns = new Set<string>()
  #at: number
  #opcodeAt: number

  constructor(bytes: Uint8Array, start: number, options: UnpickleOptions) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#options = options
    this.#at = start
    this.#opcodeAt = start
  }

  run(): Unpickled {
    for (let count = 0; count < maximalOpcodes; count++) {
      this.#opcodeAt = this.#at
      const opcode = this.#readUint(1)
      if (opcode === 0x2e) return { value: this.#pop(), end: this.#at, standIns: this.#standIns }
      this.#execute(opcode)
    }
    return this.#fail(`the pickle has more than ${maximalOpcodes} opcodes`)
  }

  #fail(what: string): never {
    return this.#options.refuse(`${what}, at byte ${this.#opcodeAt} of the pickle`)
  }

  #refuseName(name: string): never {
    return this.#options.refuse(`refused ${name} at byte ${this.#opcodeAt} of the pickle; ${whatIsRead}`)
  }

  #take(count: number): Uint8Array {
    const start = this.#at
    if (count > this.#bytes.length - start) return this.#fail('the pickle is cut off')
    this.#at += count
    return this.#bytes.subarray(start, this.#at)
  }

  #readUint(size: 1 | 2 | 4): number {
    const at = this.#at
    this.#take(size)
    if (size === 1) return this.#view.getUint8(at)
    return size === 2 ? this.#view.getUint16(at, true) : this.#view.getUint32(at, true)
  }

  #readCount8(): number {
    const at = this.#at
    this.#take(8)
    return Number(this.#view.getBigUint64(at, true))
  }

  #readText(count: number): string {
    return new TextDecoder().decode(this.#take(count))
  }

  #readLine(): string {
    const end = this.#bytes.subarray(this.#at, this.#at + longestLine).indexOf(0x0a)
    if (end < 0) return this.#fail('a line of the pickle does not end')
    const line = this.#readText(end)
    this.#at++
    return line
  }

  #readInteger(count: number): PickleValue {
    if (count > maximalIntegerBytes) return this.#fail(`an integer of ${count} bytes`)
    const digits = this.#take(count)
    let value = 0n
    for (const byte of digits.toReversed()) value = (value << 8n) | BigInt(byte)
    return this.#narrow(BigInt.asIntN(count * 8, value))
  }

  #narrow(value: bigint): number | bigint {
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : value
  }

  #parseInteger(line: string): PickleValue {
    const digits = line.replace(/L$/, '')
    if (!/^[+-]?\d{1,38}$/.test(digits)) return this.#fail('a line that is no integer')
    return this.#narrow(BigInt(digits.replace(/^\+/, '')))
  }

  #push(value: StackItem): void {
    this.#stack.push(value)
  }

  #pop(): PickleValue {
    const value = this.#stack.pop()
    return value === undefined || value === mark
      ? this.#fail('the pickle takes a value that is not there')
      : value
  }

  #peek(): PickleValue {
    const value = this.#stack.at(-1)
    return value === undefined || value === mark
      ? this.#fail('the pickle uses a value that is not there')
      : value
  }

  #popGroup(): PickleValue[] {
    const start = this.#stack.lastIndexOf(mark)
    if (start < 0) return this.#fail('the pickle ends a group that it never began')
    return this.#stack.splice(start).filter((item) => item !== mark)
  }

  #popSome(count: number): PickleValue[] {
    return Array.from({ length: count }, () => this.#pop()).toReversed()
  }

  #put(key: number): void {
    this.#memo.set(key, this.#peek())
  }

  #get(key: number): void {
    const value = this.#memo.get(key)
    if (value === undefined) this.#fail(`the pickle recalls entry ${key}, which it never stored`)
    else this.#push(value)
  }

  #append(items: readonly PickleValue[]): void {
    const list = this.#peek()
    if (list instanceof PickleStandIn) return
    if (!(list instanceof PickleSequence))
      return this.#fail('the pickle appends to something that is no list')
    for (const item of items) list.items.push(item)
  }

  #fill(dict: PickleValue, items: readonly PickleValue[]): void {
    if (dict instanceof PickleStandIn) return
    if (!(dict instanceof PickleDict))
      return this.#fail('the pickle sets an entry of something that is no dict')
    if (items.length % 2 !== 0) return this.#fail('the pickle gives a dict a key without a value')
    for (let index = 0; index < items.length; index += 2)
      dict.entries.set(items[index] ?? null, items[index + 1] ?? null)
  }

  #pushDict(items: readonly PickleValue[]): void {
    const dict = new PickleDict()
    this.#fill(dict, items)
    this.#push(dict)
  }

  #name(module: string, name: string): void {
    const full = `${module}.${name}`
    if (!this.#isKnown(full) && !this.#options.isHarmless(full)) this.#refuseName(full)
    this.#push(new PickleGlobal(full))
  }

  #standIn(name: string): void {
    this.#standIns.add(name)
    this.#push(new PickleStandIn(name))
  }

  #isKnown(name: string): boolean {
    return this.#options.globals.has(name)
  }

  #nameFromStack(): void {
    const [module, name] = this.#popSome(2)
    if (typeof module !== 'string' || typeof name !== 'string') this.#fail('a name that is no text')
    else this.#name(module, name)
  }

  #call(target: PickleValue, args: PickleValue): void {
    if (!(target instanceof PickleGlobal)) return this.#fail('the pickle calls something that is no function')
    if (!this.#isKnown(target.name)) return this.#standIn(target.name)
    const run = this.#options.globals.get(target.name)
    if (run === undefined || run === null) return this.#refuseName(`a call of ${target.name}`)
    if (!(args instanceof PickleSequence)) return this.#fail(`${target.name} is called without arguments`)
    this.#push(run(args.items))
  }

  /** Attributes, such as the `_metadata` of a state dict, are of no use here; a name or a number has none. */
  #build(): void {
    this.#pop()
    const target = this.#peek()
    if (target instanceof PickleGlobal) this.#refuseName(`a change of ${target.name}`)
    if (target === null || typeof target !== 'object')
      this.#fail('the pickle sets attributes of a plain value')
  }

  #execute(opcode: number): void {
    const refused = refusedOpcodes[opcode]
    if (refused !== undefined) this.#refuseName(`the opcode ${refused}`)
    if (this.#executeContainer(opcode) || this.#executeMemo(opcode) || this.#executeObject(opcode)) return
    const value = this.#readValue(opcode)
    if (value === undefined) this.#fail(`0x${opcode.toString(16).padStart(2, '0')} is no opcode of a pickle`)
    else this.#push(value)
  }

  /** Opcodes that put one plain value on the stack. */
  #readValue(opcode: number): PickleValue | undefined {
    switch (opcode) {
      case 0x4e: // NONE
        return null
      case 0x88: // NEWTRUE
        return true
      case 0x89: // NEWFALSE
        return false
      case 0x4b: // BININT1
        return this.#readUint(1)
      case 0x4d: // BININT2
        return this.#readUint(2)
      case 0x4a: // BININT
        return this.#readUint(4) | 0
      case 0x8a: // LONG1
        return this.#readInteger(this.#readUint(1))
      case 0x8b: // LONG4
        return this.#readInteger(this.#readUint(4))
      case 0x49: // INT
        return this.#readIntegerLine()
      case 0x4c: // LONG
        return this.#parseInteger(this.#readLine())
      case 0x46: // FLOAT
        return Number(this.#readLine())
      case 0x47: // BINFLOAT
        this.#take(8)
        return this.#view.getFloat64(this.#at - 8)
      case 0x58: // BINUNICODE
      case 0x54: // BINSTRING
        return this.#readText(this.#readUint(4))
      case 0x8c: // SHORT_BINUNICODE
      case 0x55: // SHORT_BINSTRING
        return this.#readText(this.#readUint(1))
      case 0x8d: // BINUNICODE8
        return this.#readText(this.#readCount8())
      case 0x56: // UNICODE
        return this.#readLine()
      case 0x53: // STRING, in quotes
        return this.#readLine().slice(1, -1)
      case 0x43: // SHORT_BINBYTES
        return this.#take(this.#readUint(1))
      case 0x42: // BINBYTES
        return this.#take(this.#readUint(4))
      case 0x8e: // BINBYTES8
        return this.#take(this.#readCount8())
      default:
        return undefined
    }
  }

  /** Protocol 0 writes booleans as the integers 00 and 01. */
  #readIntegerLine(): PickleValue {
    const line = this.#readLine()
    return line === '00' || line === '01' ? line === '01' : this.#parseInteger(line)
  }

  #executeContainer(opcode: number): boolean {
    switch (opcode) {
      case 0x28: // MARK
        this.#push(mark)
        return true
      case 0x29: // EMPTY_TUPLE
      case 0x5d: // EMPTY_LIST
        this.#push(new PickleSequence([]))
        return true
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        this.#push(new PickleSequence(this.#popSome(opcode - 0x84)))
        return true
      case 0x74: // TUPLE
      case 0x6c: // LIST
        this.#push(new PickleSequence(this.#popGroup()))
        return true
      case 0x61: // APPEND
        this.#append([this.#pop()])
        return true
      case 0x65: // APPENDS
        this.#append(this.#popGroup())
        return true
      case 0x7d: // EMPTY_DICT
        this.#push(new PickleDict())
        return true
      case 0x64: // DICT
        this.#pushDict(this.#popGroup())
        return true
      case 0x73: {
        // SETITEM
        const items = this.#popSome(2)
        this.#fill(this.#peek(), items)
        return true
      }
      case 0x75: {
        // SETITEMS
        const items = this.#popGroup()
        this.#fill(this.#peek(), items)
        return true
      }
      case 0x8f: // EMPTY_SET
        this.#push(new PickleSequence([]))
        return true
      case 0x90: // ADDITEMS
        this.#append(this.#popGroup())
        return true
      case 0x91: // FROZENSET
        this.#push(new PickleSequence(this.#popGroup()))
        return true
      default:
        return false
    }
  }

  #executeMemo(opcode: number): boolean {
    switch (opcode) {
      case 0x70: // PUT
        this.#put(Number(this.#readLine()))
        return true
      case 0x71: // BINPUT
        this.#put(this.#readUint(1))
        return true
      case 0x72: // LONG_BINPUT
        this.#put(this.#readUint(4))
        return true
      case 0x94: // MEMOIZE
        this.#put(this.#memo.size)
        return true
      case 0x67: // GET
        this.#get(Number(this.#readLine()))
        return true
      case 0x68: // BINGET
        this.#get(this.#readUint(1))
        return true
      case 0x6a: // LONG_BINGET
        this.#get(this.#readUint(4))
        return true
      case 0x32: // DUP
        this.#push(this.#peek())
        return true
      case 0x30: // POP
        if (this.#stack.pop() === undefined) this.#fail('the pickle drops a value that is not there')
        return true
      case 0x31: // POP_MARK
        this.#popGroup()
        return true
      default:
        return false
    }
  }

  #executeObject(opcode: number): boolean {
    switch (opcode) {
      case 0x80: // PROTO
        if (this.#readUint(1) > 5) this.#fail('a protocol newer than 5')
        return true
      case 0x95: // FRAME: a hint for buffering
        this.#take(8)
        return true
      case 0x63: // GLOBAL
        this.#name(this.#readLine(), this.#readLine())
        return true
      case 0x93: // STACK_GLOBAL
        this.#nameFromStack()
        return true
      case 0x69: // INST names a class and calls it
        return this.#refuseName(`the opcode INST with ${this.#readLine()}.${this.#readLine()}`)
      case 0x81: // NEWOBJ
      case 0x92: // NEWOBJ_EX
        this.#standInForObject(opcode)
        return true
      case 0x52: {
        // REDUCE
        const args = this.#pop()
        this.#call(this.#pop(), args)
        return true
      }
      case 0x62: // BUILD
        this.#build()
        return true
      case 0x51: // BINPERSID
        this.#push(this.#options.loadPersistent(this.#pop()))
        return true
      default:
        return false
    }
  }

  /** A class's `__new__` with its arguments: never of a class that stands for tensors, which come by functions. */
  #standInForObject(opcode: number): void {
    const [target] = this.#popSome(opcode === 0x92 ? 3 : 2)
    const name = opcode === 0x92 ? 'NEWOBJ_EX' : 'NEWOBJ'
    if (!(target instanceof PickleGlobal)) this.#refuseName(`the opcode ${name}`)
    else if (this.#isKnown(target.name)) this.#refuseName(`the opcode ${name} with ${target.name}`)
    else this.#standIn(target.name)
  }
}

/**
 * Reads one pickle that begins at `start`.
 * Throws by `refuse`, with the byte, for names that are not listed, opcodes outside the list, damage and excess.
 */
export function unpickle(bytes: Uint8Array, start: number, options: UnpickleOptions): Unpickled {
  return new PickleMachine(bytes, start, options).run()
}
