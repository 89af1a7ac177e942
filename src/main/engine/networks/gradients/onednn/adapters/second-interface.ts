import type {
  Address,
  ElementType,
  LayoutSpec,
  Operation,
  Window,
} from '#engine/networks/gradients/onednn/dnnl.ts'
import { makeAddress } from './interface.ts'
import type { Bind, Interface } from './interface.ts'

/** `sizeof(dnnl_memory_desc_t)` is 696 in 2.6, that of the largest operation's 5976; the library alone writes there. */
const layoutBytes = 1024
const descriptorBytes = 16_384

const typeNumbers: Readonly<Record<ElementType, number>> = { bf16: 2, float32: 3 }
const anyLayout = 1

const forwardTraining = 64
const backward = 128

const convolutionDirect = 0x1
const rectifier = 0x1f
const rectifierByOutput = 0x100
const poolingMax = 0x1ff
const poolingAverage = 0x2ff
const binaryAdd = 0x1fff0

const givenStatistics = 0x1
const fusedRectifier = 0x4
const scaleAndShift = 0x8 | 0x10

const list = (values: readonly number[]): BigInt64Array => BigInt64Array.from(values, BigInt)
const square = (side: number): BigInt64Array => list([side, side])

function bindDescriptors(bind: Bind) {
  return {
    byTag: bind.status(
      'dnnl_memory_desc_init_by_tag(void *layout, int count, const int64_t *dims, int type, int tag)',
    ),
    byStrides: bind.status(
      'dnnl_memory_desc_init_by_strides(void *layout, int count, const int64_t *dims, int type, const int64_t *strides)',
    ),
    create: bind.status(
      'dnnl_primitive_desc_create(_Out_ void **descriptor, void *operation, void *attributes, void *engine, void *forward)',
    ),
    destroy: bind.status('dnnl_primitive_desc_destroy(void *descriptor)'),
    convolution: {
      forward: bind.status(
        'dnnl_convolution_forward_desc_init(void *d, int pass, int algorithm, void *source, void *weights, void *bias, void *destination, const int64_t *strides, const int64_t *before, const int64_t *after)',
      ),
      backwardData: bind.status(
        'dnnl_convolution_backward_data_desc_init(void *d, int algorithm, void *source, void *weights, void *destination, const int64_t *strides, const int64_t *before, const int64_t *after)',
      ),
      backwardWeights: bind.status(
        'dnnl_convolution_backward_weights_desc_init(void *d, int algorithm, void *source, void *weights, void *bias, void *destination, const int64_t *strides, const int64_t *before, const int64_t *after)',
      ),
    },
    normalisation: {
      forward: bind.status(
        'dnnl_batch_normalization_forward_desc_init(void *d, int pass, void *data, float epsilon, unsigned int flags)',
      ),
      backward: bind.status(
        'dnnl_batch_normalization_backward_desc_init(void *d, int pass, void *gradient, void *data, float epsilon, unsigned int flags)',
      ),
    },
    pooling: {
      forward: bind.status(
        'dnnl_pooling_forward_desc_init(void *d, int pass, int algorithm, void *source, void *destination, const int64_t *strides, const int64_t *kernel, const int64_t *before, const int64_t *after)',
      ),
      backward: bind.status(
        'dnnl_pooling_backward_desc_init(void *d, int algorithm, void *source, void *destination, const int64_t *strides, const int64_t *kernel, const int64_t *before, const int64_t *after)',
      ),
    },
    rectifier: {
      forward: bind.status(
        'dnnl_eltwise_forward_desc_init(void *d, int pass, int algorithm, void *data, float alpha, float beta)',
      ),
      backward: bind.status(
        'dnnl_eltwise_backward_desc_init(void *d, int algorithm, void *gradient, void *data, float alpha, float beta)',
      ),
    },
    addition: bind.status(
      'dnnl_binary_desc_init(void *d, int algorithm, void *first, void *second, void *destination)',
    ),
    createAttributes: bind.status('dnnl_primitive_attr_create(_Out_ void **attributes)'),
    destroyAttributes: bind.status('dnnl_primitive_attr_destroy(void *attributes)'),
    createPostOperations: bind.status('dnnl_post_ops_create(_Out_ void **operations)'),
    destroyPostOperations: bind.status('dnnl_post_ops_destroy(void *operations)'),
    appendElementwise: bind.status(
      'dnnl_post_ops_append_eltwise(void *operations, float scale, int algorithm, float alpha, float beta)',
    ),
    setPostOperations: bind.status('dnnl_primitive_attr_set_post_ops(void *attributes, void *operations)'),
  }
}

type Descriptors = ReturnType<typeof bindDescriptors>

function create(
  { create: call }: Descriptors,
  operation: Uint8Array,
  options: { engine: Address; forward?: Address | undefined; attributes?: Address },
): Address {
  const { attributes = null, engine, forward = null } = options
  return makeAddress(call, operation, attributes, engine, forward)
}

const spread = ({ stride, padding }: Window) => [square(stride), square(padding), square(padding)] as const

type Of<Kind extends Operation['kind']> = Extract<Operation, { kind: Kind }>

function planConvolution(calls: Descriptors, operation: Of<'convolution'>, engine: Address): Address {
  const { source, weights, destination, window, forward } = operation
  const d = new Uint8Array(descriptorBytes)
  const { convolution } = calls
  if (operation.pass === 'forward')
    convolution.forward(
      d,
      forwardTraining,
      convolutionDirect,
      source,
      weights,
      null,
      destination,
      ...spread(window),
    )
  else if (operation.pass === 'backwardData')
    convolution.backwardData(d, convolutionDirect, source, weights, destination, ...spread(window))
  else
    convolution.backwardWeights(d, convolutionDirect, source, weights, null, destination, ...spread(window))
  return create(calls, d, { engine, forward: forward?.descriptor })
}

function planNormalisation(calls: Descriptors, operation: Of<'normalisation'>, engine: Address): Address {
  const { data, epsilon, isRectified, usesGivenStatistics, forward } = operation
  const d = new Uint8Array(descriptorBytes)
  const flags =
    scaleAndShift | (isRectified ? fusedRectifier : 0) | (usesGivenStatistics ? givenStatistics : 0)
  if (operation.pass === 'forward') calls.normalisation.forward(d, forwardTraining, data, epsilon, flags)
  else calls.normalisation.backward(d, backward, data, data, epsilon, flags)
  return create(calls, d, { engine, forward: forward?.descriptor })
}

function planPooling(calls: Descriptors, operation: Of<'pooling'>, engine: Address): Address {
  const { algorithm, source, destination, window, forward } = operation
  const d = new Uint8Array(descriptorBytes)
  const number = algorithm === 'max' ? poolingMax : poolingAverage
  const [strides, before, after] = spread(window)
  const places = [strides, square(window.kernel), before, after]
  if (operation.pass === 'forward')
    calls.pooling.forward(d, forwardTraining, number, source, destination, ...places)
  else calls.pooling.backward(d, number, source, destination, ...places)
  return create(calls, d, { engine, forward: forward?.descriptor })
}

function planRectifierBackward(
  calls: Descriptors,
  { output, gradient }: Of<'rectifierBackward'>,
  engine: Address,
): Address {
  const ahead = new Uint8Array(descriptorBytes)
  calls.rectifier.forward(ahead, forwardTraining, rectifierByOutput, output, 0, 0)
  const forward = create(calls, ahead, { engine })
  const d = new Uint8Array(descriptorBytes)
  calls.rectifier.backward(d, rectifierByOutput, gradient, output, 0, 0)
  const descriptor = create(calls, d, { engine, forward })
  calls.destroy(forward)
  return descriptor
}

function planAddition(calls: Descriptors, operation: Of<'addition'>, engine: Address): Address {
  const { first, second, destination, isRectified } = operation
  const d = new Uint8Array(descriptorBytes)
  calls.addition(d, binaryAdd, first, second, destination)
  if (!isRectified) return create(calls, d, { engine })
  const after = makeAddress(calls.createPostOperations)
  calls.appendElementwise(after, 1, rectifier, 0, 0)
  const attributes = makeAddress(calls.createAttributes)
  calls.setPostOperations(attributes, after)
  const descriptor = create(calls, d, { engine, attributes })
  calls.destroyAttributes(attributes)
  calls.destroyPostOperations(after)
  return descriptor
}

/** oneDNN 2.x: an operation is described first, and a primitive descriptor made of the description. */
export function bindSecondInterface(bind: Bind): Interface {
  const calls = bindDescriptors(bind)
  return {
    describe({ dims, type, strides }: LayoutSpec) {
      const layout = new Uint8Array(layoutBytes)
      if (strides === undefined) calls.byTag(layout, dims.length, list(dims), typeNumbers[type], anyLayout)
      else calls.byStrides(layout, dims.length, list(dims), typeNumbers[type], list(strides))
      return { layout }
    },
    listRefused: () => [],
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
