import { request, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http'
import { text as readText } from 'node:stream/consumers'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

interface Question {
  readonly port: number
  readonly path: string
  readonly method?: string
  readonly headers?: OutgoingHttpHeaders
  readonly body?: Uint8Array
}

const longestMs = 180_000

/** One request on a connection of its own, so that none of ours is left when connections are counted. */
export function ask({ port, path, method = 'GET', headers = {}, body }: Question): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(longestMs)
    const asked = request({ port, path, method, headers, host: '127.0.0.1', agent: false, signal })
    asked.on('error', reject)
    asked.once('response', (response) => {
      readText(response).then(
        (text) => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        reject,
      )
    })
    asked.end(body)
  })
}
