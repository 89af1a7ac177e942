import type { Address, ElementType, LayoutSpec } from '#engine/networks/gradients/onednn/dnnl.ts'
import { bindFusing, makeAddress, nothingFused, planFused } from './interface.ts'
import type { Bind, Interface, OperationOf } from './interface.ts'

const typeNumbers: Readonly<Record<ElementType, number>> = { bf16: 2, float32: 3 }
const anyLayout = 1

const forwardTraining = 64
const passNumbers = { forward: forwardTraining, inference: 96 } as const
const backward = 128

const convolutionDirect = 0x1
const rectifier = 0x20
const rectifierByOutput = 0x100
const poolingMax = 0x1ff
const poolingAverage = 0x2ff
const binaryAdd = 0x1fff0
const typeOfDestination = 0

const givenStatistics = 0x1
const scaleAndShift = 0x2 | 0x4
const fusedRectifier = 0x8

const list = (values: readonly number[]): BigInt64Array => BigInt64Array.from(values, BigInt)
const square = (side: number): BigInt64Array => list([side, side])
/** Between the taps of a window. */
const noDilation = square(0)

const created = '_Out_ void **descriptor, void *engine'
const window = 'const int64_t *strides, const int64_t *dilation, const int64_t *before, const int64_t *after'
const pool =
  'const int64_t *strides, const int64_t *kernel, const int64_t *dilation, const int64_t *before, const int64_t *after'

function bindDescriptors(bind: Bind) {
  const appendSum = bind.status(
    'dnnl_post_ops_append_sum(void *operations, float scale, int32_t zero, int type)',
  )
  const appendElementwise = bind.status(
    'dnnl_post_ops_append_eltwise(void *operations, int algorithm, float alpha, float beta)',
  )
  return {
    byTag: bind.status(
      'dnnl_memory_desc_create_with_tag(_Out_ void **layout, int count, const int64_t *dims, int type, int tag)',
    ),
    byStrides: bind.status(
      'dnnl_memory_desc_create_with_strides(_Out_ void **layout, int count, const int64_t *dims, int type, const int64_t *strides)',
    ),
    destroyLayout: bind.status('dnnl_memory_desc_destroy(void *layout)'),
    destroy: bind.status('dnnl_primitive_desc_destroy(void *descriptor)'),
    convolution: {
      forward: bind.status(
        `dnnl_convolution_forward_primitive_desc_create(${created}, int pass, int algorithm, void *source, void *weights, void *bias, void *destination, ${window}, void *attributes)`,
      ),
      backwardData: bind.status(
        `dnnl_convolution_backward_data_primitive_desc_create(${created}, int algorithm, void *source, void *weights, void *destination, ${window}, void *forward, void *attributes)`,
      ),
      backwardWeights: bind.status(
        `dnnl_convolution_backward_weights_primitive_desc_create(${created}, int algorithm, void *source, void *weights, void *bias, void *destination, ${window}, void *forward, void *attributes)`,
      ),
    },
    normalisation: {
      forward: bind.status(
        `dnnl_batch_normalization_forward_primitive_desc_create(${created}, int pass, void *source, void *destination, float epsilon, unsigned int flags, void *attributes)`,
      ),
      backward: bind.status(
        `dnnl_batch_normalization_backward_primitive_desc_create(${created}, int pass, void *sourceGradient, void *destinationGradient, void *source, float epsilon, unsigned int flags, void *forward, void *attributes)`,
      ),
    },
    pooling: {
      forward: bind.status(
        `dnnl_pooling_forward_primitive_desc_create(${created}, int pass, int algorithm, void *source, void *destination, ${pool}, void *attributes)`,
      ),
      backward: bind.status(
        `dnnl_pooling_backward_primitive_desc_create(${created}, int algorithm, void *source, void *destination, ${pool}, void *forward, void *attributes)`,
      ),
    },
    rectifier: {
      forward: bind.status(
        `dnnl_eltwise_forward_primitive_desc_create(${created}, int pass, int algorithm, void *source, void *destination, float alpha, float beta, void *attributes)`,
      ),
      backward: bind.status(
        `dnnl_eltwise_backward_primitive_desc_create(${created}, int algorithm, void *sourceGradient, void *destinationGradient, void *data, float alpha, float beta, void *forward, void *attributes)`,
      ),
    },
    addition: bind.status(
      `dnnl_binary_primitive_desc_create(${created}, int algorithm, void *first, void *second, void *destination, void *attributes)`,
    ),
    fusing: {
      ...bindFusing(bind),
      appendSum: (operations: Address) => appendSum(operations, 1, 0, typeOfDestination),
      appendRectifier: (operations: Address) => appendElementwise(operations, rectifier, 0, 0),
    },
  }
}

type Descriptors = ReturnType<typeof bindDescriptors>

function planConvolution(
  calls: Descriptors,
  operation: OperationOf<'convolution'>,
  engine: Address,
): Address {
  const { source, weights, bias = null, destination, window: taps, forward, pass } = operation
  const [strides, padding] = [square(taps.stride), square(taps.padding)]
  const places = [strides, noDilation, padding, padding]
  const { convolution } = calls
  if (pass === 'forward' || pass === 'inference') {
    const described = [passNumbers[pass], convolutionDirect, source, weights, bias, destination, ...places]
    return planFused(calls.fusing, operation.after ?? nothingFused, (attributes) =>
      makeAddress(convolution.forward, engine, ...described, attributes),
    )
  }
  const ahead = forward?.descriptor ?? null
  return pass === 'backwardData'
    ? makeAddress(
        convolution.backwardData,
        engine,
        convolutionDirect,
        source,
        weights,
        destination,
        ...places,
        ahead,
        null,
      )
    : makeAddress(
        convolution.backwardWeights,
        engine,
        convolutionDirect,
        source,
        weights,
        null,
        destination,
        ...places,
        ahead,
        null,
      )
}

function planNormalisation(
  calls: Descriptors,
  operation: OperationOf<'normalisation'>,
  engine: Address,
): Address {
  const { data, epsilon, isRectified, usesGivenStatistics, forward } = operation
  const flags =
    scaleAndShift | (isRectified ? fusedRectifier : 0) | (usesGivenStatistics ? givenStatistics : 0)
  const { normalisation } = calls
  if (operation.pass === 'forward')
    return makeAddress(normalisation.forward, engine, forwardTraining, data, data, epsilon, flags, null)
  const ahead = forward?.descriptor ?? null
  return makeAddress(normalisation.backward, engine, backward, data, data, data, epsilon, flags, ahead, null)
}

function planPooling(calls: Descriptors, operation: OperationOf<'pooling'>, engine: Address): Address {
  const { algorithm, pass, source, destination, window: taps, forward } = operation
  const number = algorithm === 'max' ? poolingMax : poolingAverage
  const padding = square(taps.padding)
  const places = [square(taps.stride), square(taps.kernel), noDilation, padding, padding]
  const { pooling } = calls
  if (pass !== 'backward') {
    const tensors = [source, destination]
    return makeAddress(pooling.forward, engine, passNumbers[pass], number, ...tensors, ...places, null)
  }
  const ahead = forward?.descriptor ?? null
  return makeAddress(pooling.backward, engine, number, source, destination, ...places, ahead, null)
}

function planRectifierBackward(
  { rectifier: calls, destroy }: Descriptors,
  { output, gradient }: OperationOf<'rectifierBackward'>,
  engine: Address,
): Address {
  const pass = [forwardTraining, rectifierByOutput]
  const forward = makeAddress(calls.forward, engine, ...pass, output, output, 0, 0, null)
  const tensors = [gradient, gradient, output]
  const descriptor = makeAddress(calls.backward, engine, rectifierByOutput, ...tensors, 0, 0, forward, null)
  destroy(forward)
  return descriptor
}

function planAddition(calls: Descriptors, operation: OperationOf<'addition'>, engine: Address): Address {
  const { first, second, destination, isRectified } = operation
  const tensors = [first, second, destination]
  return planFused(calls.fusing, { isAdded: false, isRectified }, (attributes) =>
    makeAddress(calls.addition, engine, binaryAdd, ...tensors, attributes),
  )
}

/** oneDNN 3.x: one call makes the primitive descriptor of an operation. */
export function bindThirdInterface(bind: Bind): Interface {
  const calls = bindDescriptors(bind)
  return {
    describe({ dims, type, strides }: LayoutSpec) {
      const shape = [dims.length, list(dims), typeNumbers[type]]
      const layout =
        strides === undefined
          ? makeAddress(calls.byTag, ...shape, anyLayout)
          : makeAddress(calls.byStrides, ...shape, list(strides))
      return { layout, destroy: () => calls.destroyLayout(layout) }
    },
    // The gradient does not depend on the shift, which 2.x wants all the same.
    listRefused: (operation) =>
      operation.kind === 'normalisation' && operation.pass === 'backward' ? ['shift'] : [],
    planners: {
      convolution: (operation, engine) => planConvolution(calls, operation, engine),
      normalisation: (operation, engine) => planNormalisation(calls, operation, engine),
      pooling: (operation, engine) => planPooling(calls, operation, engine),
      rectifierBackward: (operation, engine) => planRectifierBackward(calls, operation, engine),
      addition: (operation, engine) => planAddition(calls, operation, engine),
    },
  }
}
