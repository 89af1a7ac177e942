import { AppError } from '#shared/contract/errors.ts'
import { planTraining } from '#engine/networks/gradients/onnx/training-plan.ts'
import { packOutcome } from '#engine/base/threads/worker-outcome.ts'
import { loadTensorLibrary } from '#engine/networks/gradients/tensorflow/adapters/load-tensor-library.ts'
import { TensorFlowNetwork } from './tensorflow-network.ts'
import { tensorFlowRequest } from './tensorflow-protocol.ts'
import type { TensorFlowRequest } from './tensorflow-protocol.ts'
import type { TensorLibrary } from './tensor-library.ts'

interface Opened {
  library: TensorLibrary | undefined
  network: TensorFlowNetwork | undefined
}

/** TensorFlow's own word for an allocation that failed is RESOURCE_EXHAUSTED, with a line that begins "OOM". */
function explainFailure(error: unknown): unknown {
  const text = error instanceof Error ? error.message : String(error)
  if (!/\bOOM\b|resource.?exhausted|out of memory|failed to allocate/i.test(text)) return error
  return new AppError(
    'UNAVAILABLE',
    'TensorFlow ran out of memory. Lower the batch size or the input size, or accumulate smaller batches.',
    { cause: error },
  )
}

function need<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new Error(`TensorFlow was asked before ${what}`)
  return value
}

async function answer(request: TensorFlowRequest, opened: Opened): Promise<unknown> {
  if (request.type === 'open') {
    const { library, device } = await loadTensorLibrary(request.folder)
    opened.library = library
    return { ...device, processId: process.pid }
  }
  if (request.type === 'compile') {
    opened.network?.dispose()
    opened.network = new TensorFlowNetwork(
      need(opened.library, 'it was opened'),
      planTraining(request.network, request.options),
    )
    return null
  }
  const network = need(opened.network, 'a network was compiled')
  switch (request.type) {
    case 'load':
      network.load(request)
      return null
    case 'accumulate':
      return network.accumulate(request.batch, request.options)
    case 'step':
      return network.step(request.batch, request.options)
    case 'gradients':
      return network.gradients(request.batch)
    case 'predict':
      return network.predict(request.images, request.count)
    case 'weights':
      return network.weights()
    case 'modelWeights':
      return network.modelWeights()
    case 'optimiser':
      return network.optimiser()
    default:
      return request satisfies never
  }
}

/**
 * The whole of the process that holds TensorFlow: answers one question at a time over its channel, and ends when the
 * channel closes, also because whoever asked has gone.
 */
export function serveTensorFlow(): void {
  const opened: Opened = { library: undefined, network: undefined }
  let last = Promise.resolve()
  const reply = async (message: unknown): Promise<void> => {
    const outcome = await packOutcome(async () => {
      try {
        return await answer(tensorFlowRequest.parse(message), opened)
      } catch (error) {
        throw explainFailure(error)
      }
    })
    process.send?.(outcome)
  }
  process.on('message', (message) => {
    last = last.then(() => reply(message))
  })
  process.on('disconnect', () => process.exit(0))
}
