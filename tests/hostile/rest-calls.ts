import { procedures } from '#engine/base/procedures/handlers.ts'
import { problemDetails } from '../../src/main/hosts/web/problem.ts'
import { ask } from './ask.ts'
import type { HostileCall } from './hostile-calls.ts'
import { writeJson } from './rpc-line.ts'

const routes: ReadonlyMap<string, { readonly method: string; readonly path: string }> = new Map(
  procedures.map(({ noun, verb, procedure }) => {
    const { method = 'POST', path = '/' } = procedure['~orpc'].route
    return [`${noun}.${verb}`, { method, path }]
  }),
)

const write = (value: unknown): string => (typeof value === 'string' ? value : writeJson(value ?? null))

/** Node's own client refuses a path with characters beyond Latin-1, and text may hold half a character. */
const encode = (value: unknown): string => encodeURIComponent(write(value).toWellFormed()).slice(0, 4_000)

/** The same call as REST has it: parts of the path, then a query or a body. */
function writeRequest({ name, input }: HostileCall) {
  const { method, path } = routes.get(name) ?? { method: 'POST', path: '/' }
  const fields = new Map(Object.entries(typeof input === 'object' && input !== null ? input : { input }))
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, key: string) => {
    const value = encode(fields.get(key))
    fields.delete(key)
    return value
  })
  if (method !== 'GET')
    return { method, path: `/api${filled}`, body: Buffer.from(writeJson(Object.fromEntries(fields))) }
  const query = [...fields].map(([key, value]) => `${encodeURIComponent(key)}=${encode(value)}`).join('&')
  return { method, path: `/api${filled}?${query}`.slice(0, 10_000), body: undefined }
}

/** @returns what is wrong with the answer, or null. */
export async function callByRest(
  { port, token }: { readonly port: number; readonly token: string },
  call: HostileCall,
): Promise<string | null> {
  const { method, path, body } = writeRequest(call)
  const headers = {
    authorization: `Bearer ${token}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': body.length }),
  }
  const answer = await ask({ port, method, path, headers, ...(body === undefined ? {} : { body }) })
  const { status, text, headers: given } = answer
  if (status < 400) return null
  const problem = problemDetails.safeParse(JSON.parse(text))
  if (!problem.success) return `${status} without a problem document: ${text.slice(0, 200)}`
  const isTold = status === 503 && given['retry-after'] !== undefined
  return status < 500 || isTold ? null : `${status} ${problem.data.code}: ${problem.data.detail}`
}
