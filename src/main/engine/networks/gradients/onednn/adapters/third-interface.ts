import type { Address, ElementType, LayoutSpec, Operation } from '#engine/networks/gradients/onednn/dnnl.ts'
import { makeAddress } from './interface.ts'
import type { Bind, Interface } from './interface.ts'

const typeNumbers: Readonly<Record<ElementType, number>> = { bf16: 2, float32: 3 }
const anyLayout = 1

const forwardTraining = 64
const backward = 128

const convolutionDirect = 0x1
const rectifier = 0x20
const rectifierByOutput = 0x100
const poolingMax = 0x1ff
const poolingAverage = 0x2ff
const binaryAdd = 0x1fff0

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
    createAttributes: bind.status('dnnl_primitive_attr_create(_Out_ void **attributes)'),
    destroyAttributes: bind.status('dnnl_primitive_attr_destroy(void *attributes)'),
    createPostOperations: bind.status('dnnl_post_ops_create(_Out_ void **operations)'),
    destroyPostOperations: bind.status('dnnl_post_ops_destroy(void *operations)'),
    appendElementwise: bind.status(
      'dnnl_post_ops_append_eltwise(void *operations, int algorithm, float alpha, float beta)',
    ),
    setPostOperations: bind.status('dnnl_primitive_attr_set_post_ops(void *attributes, void *operations)'),
  }
}

type Descriptors = ReturnType<typeof bindDescriptors>
type Of<Kind extends Operation['kind']> = Extract<Operation, { kind: Kind }>

function planConvolution(calls: Descriptors, operation: Of<'convolution'>, engine: Address): Address {
  const { source, weights, destination, window: taps, forward, pass } = operation
  const [strides, padding] = [square(taps.stride), square(taps.padding)]
  const places = [strides, noDilation, padding, padding]
  const { convolution } = calls
  if (pass === 'forward') {
    const tensors = [source, weights, null, destination]
    return makeAddress(
      convolution.forward,
      engine,
      forwardTraining,
      convolutionDirect,
      ...tensors,
      ...places,
      null,
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

function planNormalisation(calls: Descriptors, operation: Of<'normalisation'>, engine: Address): Address {
  const { data, epsilon, isRectified, usesGivenStatistics, forward } = operation
  const flags =
    scaleAndShift | (isRectified ? fusedRectifier : 0) | (usesGivenStatistics ? givenStatistics : 0)
  const { normalisation } = calls
  if (operation.pass === 'forward')
    return makeAddress(normalisation.forward, engine, forwardTraining, data, data, epsilon, flags, null)
  const ahead = forward?.descriptor ?? null
  return makeAddress(normalisation.backward, engine, backward, data, data, data, epsilon, flags, ahead, null)
}

function planPooling(calls: Descriptors, operation: Of<'pooling'>, engine: Address): Address {
  const { algorithm, source, destination, window: taps, forward } = operation
  const number = algorithm === 'max' ? poolingMax : poolingAverage
  const padding = square(taps.padding)
  const places = [square(taps.stride), square(taps.kernel), noDilation, padding, padding]
  const { pooling } = calls
  if (operation.pass === 'forward') {
    const tensors = [source, destination]
    return makeAddress(pooling.forward, engine, forwardTraining, number, ...tensors, ...places, null)
  }
  const ahead = forward?.descriptor ?? null
  return makeAddress(pooling.backward, engine, number, source, destination, ...places, ahead, null)
}

function planRectifierBackward(
  { rectifier: calls, destroy }: Descriptors,
  { output, gradient }: Of<'rectifierBackward'>,
  engine: Address,
): Address {
  const pass = [forwardTraining, rectifierByOutput]
  const forward = makeAddress(calls.forward, engine, ...pass, output, output, 0, 0, null)
  const tensors = [gradient, gradient, output]
  const descriptor = makeAddress(calls.backward, engine, rectifierByOutput, ...tensors, 0, 0, forward, null)
  destroy(forward)
  return descriptor
}

function planAddition(calls: Descriptors, operation: Of<'addition'>, engine: Address): Address {
  const { first, second, destination, isRectified } = operation
  const tensors = [first, second, destination]
  if (!isRectified) return makeAddress(calls.addition, engine, binaryAdd, ...tensors, null)
  const after = makeAddress(calls.createPostOperations)
  calls.appendElementwise(after, rectifier, 0, 0)
  const attributes = makeAddress(calls.createAttributes)
  calls.setPostOperations(attributes, after)
  const descriptor = makeAddress(calls.addition, engine, binaryAdd, ...tensors, attributes)
  calls.destroyAttributes(attributes)
  calls.destroyPostOperations(after)
  return descriptor
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
    planOperation(operation, engine) {
      switch (operation.kind) {
        case 'convolution':
          return planConvolution(calls, operation, engine)
        case 'normalisation':
          return planNormalisation(calls, operation, engine)
        case 'pooling':
          return planPooling(calls, operation, engine)
        case 'rectifierBackward':
          return planRectifierBackward(calls, operation, engine)
        case 'addition':
          return planAddition(calls, operation, engine)
        default:
          return operation satisfies never
      }
    },
  }
}
