import type { Address, Layout, LayoutSpec, Operation, Role } from '#engine/networks/gradients/onednn/dnnl.ts'

type Native<Result> = (...values: readonly unknown[]) => Result

/** Finds functions of the library by their C declarations; throws UNAVAILABLE for one that it lacks. */
export interface Bind {
  /** Without the type of its result, a status; what it calls throws where that is not success. */
  status(definition: string): Native<void>
  /** With the type of its result. */
  number(definition: string): Native<number>
  /** Without the type of its result. */
  address(definition: string): Native<Address>
}

/** What differs between the major versions of the C interface. */
export interface Interface {
  /** `destroy` is given where the library holds it. */
  describe(spec: LayoutSpec): { readonly layout: Layout; readonly destroy?: () => void }
  /** Operands that an operation does not take, though another version's does. */
  listRefused(operation: Operation): readonly Role[]
  /** The primitive descriptor of an operation. */
  planOperation(operation: Exclude<Operation, { kind: 'reorder' }>, engine: Address): Address
}

/** The address that a call gives or writes. */
export function decodeAddress(value: unknown): Address {
  if (typeof value === 'bigint') return value
  if (value === null) return 0n
  throw new Error('koffi gave no address')
}

/** What a call writes into its first argument. */
export function makeAddress(call: Native<void>, ...values: readonly unknown[]): Address {
  const out: unknown[] = [null]
  call(out, ...values)
  return decodeAddress(out[0])
}
