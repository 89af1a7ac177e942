import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { MalformedRequest } from './malformed-requests.ts'

/** Without a byte for so long the sender gives up, so that one that is left hanging costs the run little. */
const silenceMs = 400
const longestMs = 20_000

/** @returns what came back, as latin1. */
export async function sendMalformed(port: number, { parts, ending }: MalformedRequest): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' })
  let answer = ''
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  // A connection that the server breaks off is an answer as well.
  socket.on('error', () => undefined)
  socket.setEncoding('latin1').on('data', (chunk) => (answer += String(chunk)))
  socket.setTimeout(silenceMs, () => socket.destroy())
  const deadline = setTimeout(() => socket.destroy(), longestMs)
  for (const part of parts) {
    socket.write(part)
    if (parts.length > 1) await Promise.race([delay(1), ended])
  }
  if (ending === 'half-close') socket.end()
  if (ending === 'reset') socket.resetAndDestroy()
  await ended
  clearTimeout(deadline)
  return answer
}

export interface RawAnswer {
  readonly status: number
  readonly text: string
}

/** Every answer in what came back over one connection; bodies may be anything, so that only a whole first line counts. */
export function listAnswers(text: string): RawAnswer[] {
  const starts = [...text.matchAll(/HTTP\/1\.1 (\d{3}) [A-Z][\w '-]*\r\n/g)]
  return starts.map(({ index, 1: status }, at) => ({
    status: Number(status),
    text: text.slice(index, starts[at + 1]?.index),
  }))
}
