import { AppError } from '#shared/contract/errors.ts'
import { architectureNames, type Architecture } from '#shared/domain/architectures.ts'

/** What was being computed when it failed. */
export interface FailedWork {
  /** As it follows "not enough memory": `at step 3 of 60`. */
  readonly where: string
  readonly arch: Architecture
  readonly inputSize: number
  readonly batchSize: number
  readonly device: string
}

/** What V8, ONNX Runtime's allocators, the GPU interfaces and TensorFlow say when memory is short. */
const memoryPatterns = [
  /array buffer allocation failed/i,
  /invalid (typed )?array length/i,
  /bad_?alloc/i,
  /failed to allocate memory/i,
  /smaller than requested bytes/i,
  /out.?of.?((device|host|gpu).?)?memory/i,
  /_STATUS_ALLOC_FAILED/,
  /\bOOM\b/,
  /8007000E/i,
]

/** What the GPU interfaces say when the device has gone, hangs or was reset. */
const devicePatterns = [
  /device (is |was |has been )?(lost|removed|hung|reset)/i,
  /DEVICE_(LOST|REMOVED|HUNG|RESET)/,
  /887A000[5-7]/i,
  /CUDA (failure|error)/i,
  /cudaError|CUDA_ERROR/,
  /unspecified launch failure/i,
]

const matches = (patterns: readonly RegExp[], text: string): boolean =>
  patterns.some((pattern) => pattern.test(text))

/** What was said, without the place in somebody's source that ONNX Runtime puts before it. */
function shorten(text: string): string {
  const [line = ''] = text.trim().split('\n')
  const told = line.replace(/^.*Status Message: /, '').replace(/\S*\.(cc|cpp|cu|h):\d+ (.*\) )?/, '')
  return told.length <= 200 ? told : `${told.slice(0, 199)}…`
}

/**
 * Turns what an engine throws into words for people where it is known to mean something: memory that is short, or a
 * device that has gone. Any other error comes back as it was.
 */
export function explainTrainingFailure(error: unknown, work: FailedWork): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error
  const { where, arch, inputSize, batchSize, device } = work
  const said = shorten(error.message)
  if (matches(memoryPatterns, error.message)) {
    return new AppError(
      'UNAVAILABLE',
      `There was not enough memory ${where}, for batches of ${batchSize} images of ${inputSize} px through ` +
        `${architectureNames[arch]} (${said}). The last checkpoint is kept. Close other programs and resume the run, or start ` +
        'a new one with a smaller batch (accumulate more of them instead) or a smaller input.',
      { details: { reason: 'OUT_OF_MEMORY', batchSize, inputSize }, cause: error },
    )
  }
  if (matches(devicePatterns, error.message)) {
    return new AppError(
      'UNAVAILABLE',
      `The device ${device} stopped answering ${where} (${said}). The last checkpoint is kept. Resume the run once the ` +
        'device is back, or resume it on the CPU.',
      { details: { reason: 'DEVICE_LOST', device }, cause: error },
    )
  }
  return error
}
