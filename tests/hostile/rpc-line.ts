import { once } from 'node:events'
import * as z from 'zod'
import { WebSocket } from 'ws'
import type { HostileCall } from './hostile-calls.ts'
import { infinityMark } from './odd-values.ts'

const answered = z.object({
  i: z.string(),
  p: z.object({
    s: z.int().default(200),
    b: z.looseObject({ json: z.unknown().optional() }).optional(),
  }),
})
const failed = z.object({ code: z.string(), message: z.string() })

export type RpcAnswer =
  | { readonly kind: 'result'; readonly value: unknown }
  | { readonly kind: 'failure'; readonly code: string; readonly message: string; readonly status: number }
  /** The line was ended instead, as it is for a message that cannot be read as a call. */
  | { readonly kind: 'closed'; readonly closeCode: number }
  | { readonly kind: 'silence' }

const longestMs = 90_000

/** One WebSocket to `/rpc` with one call at a time, written by hand so that any input can be sent. */
export class RpcLine {
  readonly #address: string
  readonly #token: string
  #socket: WebSocket | null = null
  #count = 0

  constructor({ port, token }: { readonly port: number; readonly token: string }) {
    this.#address = `ws://127.0.0.1:${port}/rpc`
    this.#token = token
  }

  async call({ name, input, meta }: HostileCall): Promise<RpcAnswer> {
    const socket = await this.#open()
    const id = String(++this.#count)
    const body = { json: input, meta }
    const message = writeJson({ i: id, p: { u: `/${name.replace('.', '/')}`, b: body } })
    const done = new AbortController()
    const signal = done.signal
    try {
      const answer = new Promise<RpcAnswer>((resolve) => {
        const hear = (data: unknown): void => {
          const read = readAnswer(String(data), id)
          if (read !== null) resolve(read)
        }
        const close = (closeCode: number): void => resolve({ kind: 'closed', closeCode })
        socket.on('message', hear)
        socket.once('close', close)
        const timer = setTimeout(() => resolve({ kind: 'silence' }), longestMs)
        signal.addEventListener('abort', () => {
          clearTimeout(timer)
          socket.off('message', hear)
          socket.off('close', close)
        })
      })
      socket.send(message)
      return await answer
    } finally {
      done.abort()
    }
  }

  close(): void {
    this.#socket?.terminate()
    this.#socket = null
  }

  async #open(): Promise<WebSocket> {
    if (this.#socket?.readyState === WebSocket.OPEN) return this.#socket
    const socket = new WebSocket(this.#address, { headers: { authorization: `Bearer ${this.#token}` } })
    this.#socket = socket
    // What breaks is told by the line's end.
    socket.on('error', () => undefined)
    await once(socket, 'open')
    return socket
  }
}

/** JSON with numbers that no JavaScript value is written as. */
export const writeJson = (value: unknown): string =>
  JSON.stringify(value).replaceAll(JSON.stringify(infinityMark), '1e999')

function readAnswer(text: string, id: string): RpcAnswer | null {
  const message = answered.safeParse(JSON.parse(text))
  if (!message.success || message.data.i !== id) return null
  const { s: status, b } = message.data.p
  if (status < 400) return { kind: 'result', value: b?.json }
  const failure = failed.safeParse(b?.json)
  return failure.success
    ? { kind: 'failure', status, ...failure.data }
    : { kind: 'failure', status, code: 'none', message: text.slice(0, 400) }
}
