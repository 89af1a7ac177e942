import type {
  Address,
  Fused,
  Layout,
  LayoutSpec,
  Operation,
  Role,
} from '#engine/networks/gradients/onednn/dnnl.ts'

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
  readonly planners: Planners
}

/** What both versions make alike is no operation here. */
type PlannedOperation = Exclude<Operation, { kind: 'reorder' }>

export type OperationOf<Kind extends Operation['kind']> = Extract<Operation, { kind: Kind }>

/** By kind of operation what makes its primitive descriptor. */
export type Planners = {
  readonly [Kind in PlannedOperation['kind']]: (operation: OperationOf<Kind>, engine: Address) => Address
}

export function planBy(planners: Planners, operation: PlannedOperation, engine: Address): Address {
  switch (operation.kind) {
    case 'convolution':
      return planners.convolution(operation, engine)
    case 'normalisation':
      return planners.normalisation(operation, engine)
    case 'pooling':
      return planners.pooling(operation, engine)
    case 'rectifierBackward':
      return planners.rectifierBackward(operation, engine)
    case 'addition':
      return planners.addition(operation, engine)
    default:
      return operation satisfies never
  }
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

/** Numbers and calls of the operations that may follow another in one pass. */
interface FusingCalls {
  createAttributes: Native<void>
  destroyAttributes: Native<void>
  createPostOperations: Native<void>
  destroyPostOperations: Native<void>
  setPostOperations: Native<void>
  appendSum(operations: Address): void
  appendRectifier(operations: Address): void
}

/** What both versions declare alike. */
export const bindFusing = (bind: Bind): Omit<FusingCalls, 'appendSum' | 'appendRectifier'> => ({
  createAttributes: bind.status('dnnl_primitive_attr_create(_Out_ void **attributes)'),
  destroyAttributes: bind.status('dnnl_primitive_attr_destroy(void *attributes)'),
  createPostOperations: bind.status('dnnl_post_ops_create(_Out_ void **operations)'),
  destroyPostOperations: bind.status('dnnl_post_ops_destroy(void *operations)'),
  setPostOperations: bind.status('dnnl_primitive_attr_set_post_ops(void *attributes, void *operations)'),
})

/** Plans with what follows in the same pass; the library copies it. */
export function planFused(
  calls: FusingCalls,
  { isAdded, isRectified }: Fused,
  plan: (attributes: Address | null) => Address,
): Address {
  if (!isAdded && !isRectified) return plan(null)
  const after = makeAddress(calls.createPostOperations)
  const attributes = makeAddress(calls.createAttributes)
  try {
    if (isAdded) calls.appendSum(after)
    if (isRectified) calls.appendRectifier(after)
    calls.setPostOperations(attributes, after)
    return plan(attributes)
  } finally {
    calls.destroyAttributes(attributes)
    calls.destroyPostOperations(after)
  }
}

export const nothingFused: Fused = { isAdded: false, isRectified: false }
