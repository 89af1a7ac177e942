import { isMainThread } from 'node:worker_threads'

const variable = 'ORT_DISABLE_TELEMETRY'

/**
 * Keeps ONNX Runtime from reporting to its maker: from version 1.29 on, its builds for Linux and macOS write an identifier of the
 * machine and send events (with the command line) unless this variable stands in the process's environment before the
 * runtime starts (https://github.com/microsoft/onnxruntime/pull/27379). Reading the command line also crashed the process
 * when it was long (https://github.com/vespa-engine/vespa/pull/37786).
 *
 * Call it before a thread that may load the runtime starts, and before the runtime is used.
 * @throws Error in a worker thread whose process did not refuse: a thread cannot change the environment that the runtime reads.
 */
export function refuseTelemetry(): void {
  if (isMainThread) process.env[variable] = '1'
  else if (process.env[variable] !== '1') {
    throw new Error(`The process must set ${variable}=1 before it starts a thread that uses ONNX Runtime`)
  }
}
