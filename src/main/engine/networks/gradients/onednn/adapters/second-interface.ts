import type { Address, ElementType, LayoutSpec, Window } from '#engine/networks/gradients/onednn/dnnl.ts'
import { bindFusing, makeAddress, nothingFused, planFused } from './interface.ts'
import type { Bind, Interface, OperationOf } from './interface.ts'

/** `sizeof(dnnl_memory_desc_t)` is 696 in 2.6, that of the largest operation's 5976; the library alone writes there. */
const layoutBytes = 1024
const descriptorBytes = 16_384

const typeNumbers: Readonly<Record<ElementType, number>> = { bf16: 2, float32: 3 }
const anyLayout = 1

const forwardTraining = 64
const passNumbers = { forward: forwardTraining, inference: 96 } as const
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
  const appendSum = bind.status('dnnl_post_ops_append_sum(void *operations, float scale)')
  const appendElementwise = bind.status(
    'dnnl_post_ops_append_eltwise(void *operations, float scale, int algorithm, float alpha, float beta)',
  )
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
    fusing: {
      ...bindFusing(bind),
      appendSum: (operations: Address) => appendSum(operations, 1),
      appendRectifier: (operations: Address) => appendElementwise(operations, 1, rectifier, 0, 0),
    },
  }
}

type Descriptors = ReturnType<typeof bindDescriptors>

function create(
  { create: call }: Descriptors,
  operation: Uint8Array,
  options: { engine: Address; forward?: Address | undefined; attributes?: Address | null },
): Address {
  const { attributes = null, engine, forward = null } = options
  return makeAddress(call, operation, attributes, engine, forward)
}

const spread = ({ stride, padding }: Window) => [square(stride), square(padding), square(padding)] as const

function planConvolution(
  calls: Descriptors,
  operation: OperationOf<'convolution'>,
  engine: Address,
): Address {
  const { source, weights, bias = null, destination, window, forward, after = nothingFused, pass } = operation
  const d = new Uint8Array(descriptorBytes)
  const { convolution } = calls
  if (pass === 'forward' || pass === 'inference') {
    const tensors = [source, weights, bias, destination]
    convolution.forward(d, passNumbers[pass], convolutionDirect, ...tensors, ...spread(window))
    return planFused(calls.fusing, after, (attributes) => create(calls, d, { engine, attributes }))
  }
  if (pass === 'backwardData')
    convolution.backwardData(d, convolutionDirect, source, weights, destination, ...spread(window))
  else
    convolution.backwardWeights(d, convolutionDirect, source, weights, null, destination, ...spread(window))
  return create(calls, d, { engine, forward: forward?.descriptor })
}

function planNormalisation(
  calls: Descriptors,
  operation: OperationOf<'normalisation'>,
  engine: Address,
): Address {
  const { data, epsilon, isRectified, usesGivenStatistics, forward } = operation
  const d = new Uint8Array(descriptorBytes)
  const flags =
    scaleAndShift | (isRectified ? fusedRectifier : 0) | (usesGivenStatistics ? givenStatistics : 0)
  if (operation.pass === 'forward') calls.normalisation.forward(d, forwardTraining, data, epsilon, flags)
  else calls.normalisation.backward(d, backward, data, data, epsilon, flags)
  return create(calls, d, { engine, forward: forward?.descriptor })
}

function planPooling(calls: Descriptors, operation: OperationOf<'pooling'>, engine: Address): Address {
  const { algorithm, pass, source, destination, window, forward } = operation
  const d = new Uint8Array(descriptorBytes)
  const number = algorithm === 'max' ? poolingMax : poolingAverage
  const [strides, before, after] = spread(window)
  const places = [strides, square(window.kernel), before, after]
  if (pass === 'backward') calls.pooling.backward(d, number, source, destination, ...places)
  else calls.pooling.forward(d, passNumbers[pass], number, source, destination, ...places)
  return create(calls, d, { engine, forward: forward?.descriptor })
}

function planRectifierBackward(
  calls: Descriptors,
  { output, gradient }: OperationOf<'rectifierBackward'>,
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

function planAddition(calls: Descriptors, operation: OperationOf<'addition'>, engine: Address): Address {
  const { first, second, destination, isRectified } = operation
  const d = new Uint8Array(descriptorBytes)
  calls.addition(d, binaryAdd, first, second, destination)
  const fused = { isAdded: false, isRectified }
  return planFused(calls.fusing, fused, (attributes) => create(calls, d, { engine, attributes }))
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
    planners: {
      convolution: (operation, engine) => planConvolution(calls, operation, engine),
      normalisation: (operation, engine) => planNormalisation(calls, operation, engine),
      pooling: (operation, engine) => planPooling(calls, operation, engine),
      rectifierBackward: (operation, engine) => planRectifierBackward(calls, operation, engine),
      addition: (operation, engine) => planAddition(calls, operation, engine),
    },
  }
}
