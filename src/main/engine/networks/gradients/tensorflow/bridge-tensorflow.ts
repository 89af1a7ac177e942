import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { endOfAnswers } from './tensorflow-protocol.ts'
import type { BridgeStart } from './tensorflow-protocol.ts'

/** Characters of the process's last words that go into the message about its end. */
const lastWords = 2000

/** TensorFlow reads these when it is loaded. */
function listVariables(threads: number): NodeJS.ProcessEnv {
  return {
    ...process.env,
    TF_NUM_INTRAOP_THREADS: String(threads),
    TF_NUM_INTEROP_THREADS: '1',
    OMP_NUM_THREADS: String(threads),
    // The same seed shall give the same weights, so no kernel may add up in the order of chance.
    TF_DETERMINISTIC_OPS: '1',
    TF_CPP_MIN_LOG_LEVEL: '2',
    // Electron's program is Node with this.
    ELECTRON_RUN_AS_NODE: '1',
  }
}

function describeEnd(code: number | null, signal: NodeJS.Signals | null, words: string): string {
  const how = signal === null ? `with exit code ${code}` : `by ${signal}`
  const killed = signal === 'SIGKILL' ? ' The system ends processes so when memory runs out.' : ''
  const said = words.trim() === '' ? '' : ` Its last words: ${words.trim()}`
  return `The TensorFlow process ended ${how} before it answered.${killed} Evenhand and what it has stored are unharmed.${said}`
}

/**
 * Stands between a session's thread, which may wait without its event loop, and the process that holds TensorFlow:
 * passes one question at a time on and its answer back. A process that ends answers every question with UNAVAILABLE.
 */
export function bridgeTensorFlow({ port, answered, entry, threads }: BridgeStart): void {
  const counter = new Int32Array(answered)
  let words = ''
  let ended: string | undefined
  let isAsked = false
  const child: ChildProcess = fork(fileURLToPath(entry), [], {
    serialization: 'advanced',
    execArgv: [],
    env: listVariables(threads),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  const answer = (outcome: unknown): void => {
    isAsked = false
    port.postMessage(outcome)
    Atomics.add(counter, 0, 1)
    Atomics.notify(counter, 0)
  }
  const refuse = (message: string): void =>
    answer({ isOk: false, error: { code: 'UNAVAILABLE', message, details: {} } })
  const end = (message: string): void => {
    ended ??= message
    if (isAsked) refuse(ended)
  }
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-lastWords)
  })
  child.stderr?.on('error', () => undefined)
  child.on('message', answer)
  child.on('error', (error) => end(`The TensorFlow process could not be started: ${error.message}`))
  child.on('close', (code, signal) => end(describeEnd(code, signal, words)))
  port.on('message', (request: unknown) => {
    isAsked = true
    if (ended === undefined) child.send(request as object, (error) => error && child.kill('SIGKILL'))
    else refuse(ended)
  })
  // A caller that waits without its event loop would not see this thread's end.
  process.once('exit', () => {
    Atomics.store(counter, 0, endOfAnswers)
    Atomics.notify(counter, 0)
  })
  port.on('close', () => {
    child.kill('SIGKILL')
  })
}
