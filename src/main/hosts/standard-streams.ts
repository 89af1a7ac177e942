import type { EventEmitter } from 'node:events'

interface StandardStreams {
  readonly stdout: EventEmitter
  readonly stderr: EventEmitter
}

export interface GuardedStreams extends Disposable {
  /** Why the result could not be written; null while all is well, or when its reader had seen enough. */
  readonly lost: () => Error | null
}

/**
 * Without a listener, a terminal that closes or a full disk behind `> file` ends the process, and what it serves or trains,
 * at its next line.
 */
export function guardStandardStreams({ stdout, stderr }: StandardStreams = process): GuardedStreams {
  let lost: Error | null = null
  const hearOutput = (error: NodeJS.ErrnoException): void => {
    // A reader that has seen enough (`| head`) closes the pipe; that is no failure.
    if (error.code !== 'EPIPE') lost ??= error
  }
  // There is nowhere left to tell of it.
  const hearErrors = (): void => undefined
  stdout.on('error', hearOutput)
  stderr.on('error', hearErrors)
  return {
    lost: () => lost,
    [Symbol.dispose]: () => {
      stdout.off('error', hearOutput)
      stderr.off('error', hearErrors)
    },
  }
}
