import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import * as z from 'zod'
import type { ServeProcess } from '../fixtures/serve-process.ts'

const vitals = z.object({
  /** Bytes after two collections. */
  rss: z.number(),
  heapUsed: z.number(),
  arrayBuffers: z.number(),
  /** What keeps the event loop awake, by kind: a leaked socket or timer stays here. */
  resources: z.record(z.string(), z.number()),
  /** Of the process, by event. */
  listeners: z.record(z.string(), z.number()),
})
export type Vitals = z.infer<typeof vitals> & { readonly openFiles: number | null }

/** Preloaded into the server: collects garbage and answers with what it holds, whenever it is asked. */
const probe = `
  // Its worker threads are preloaded as well, and have no channel.
  if (process.channel) process.on('message', async () => {
    for (let round = 0; round < 3; round++) {
      gc()
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    const { rss, heapUsed, arrayBuffers } = process.memoryUsage()
    const resources = {}
    for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1
    const listeners = {}
    for (const name of process.eventNames()) listeners[String(name)] = process.listenerCount(name)
    process.send({ rss, heapUsed, arrayBuffers, resources, listeners })
  })
  process.channel?.unref()
`

export const vitalsOptions = {
  hasChannel: true,
  nodeOptions: ['--expose-gc', '--import', `data:text/javascript,${encodeURIComponent(probe)}`],
} as const

/** Null where the system does not tell. */
function countOpenFiles(pid: number): number | null {
  try {
    return readdirSync(`/proc/${pid}/fd`).length
  } catch {
    return null
  }
}

export async function readVitals({ child, pid }: ServeProcess): Promise<Vitals> {
  const answer = once(child, 'message')
  child.send('vitals')
  const [message] = await answer
  return { ...vitals.parse(message), openFiles: countOpenFiles(pid) }
}

/** Connections that are still open on the server's side. */
const countSockets = ({ resources }: Vitals): number => resources['TCPSocketWrap'] ?? 0

/** Asks until every connection is gone; those of a client that vanished take a moment. */
export async function readSettledVitals(server: ServeProcess): Promise<Vitals> {
  for (let tries = 0; ; tries++) {
    const found = await readVitals(server)
    if (countSockets(found) === 0 || tries === 40) return found
    await delay(500)
  }
}

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`

/** What may come on top of the state after the warm-up: caches that are bounded, and a process that was idle before. */
export const allowedGrowth = {
  /** Objects alone. What the engine caches by design (filters, thumbnails' facts, rows of jobs) is a few MiB. */
  heapUsed: 24 * 2 ** 20,
  /** The allocator keeps what a burst of 200 uploads has made it take, and native libraries keep arenas by thread. */
  rss: 192 * 2 ** 20,
  openFiles: 24,
} as const

/** What grew beyond its bound, in words. */
export function compareVitals(before: Vitals, after: Vitals): string[] {
  const found: string[] = []
  for (const kind of ['heapUsed', 'rss'] as const) {
    const growth = after[kind] - before[kind]
    if (growth > allowedGrowth[kind])
      found.push(`${kind} grew by ${mebibytes(growth)}, more than ${mebibytes(allowedGrowth[kind])}`)
  }
  if (countSockets(after) > 0) found.push(`${countSockets(after)} connections were left open`)
  for (const [name, count] of Object.entries(after.listeners))
    if (count > (before.listeners[name] ?? 0))
      found.push(`listeners for "${name}" of the process grew to ${count}`)
  const files = (after.openFiles ?? 0) - (before.openFiles ?? 0)
  if (files > allowedGrowth.openFiles) found.push(`${files} more files were left open`)
  return found
}

export const describeVitals = ({ rss, heapUsed, openFiles }: Vitals): string =>
  `${mebibytes(rss)} resident, ${mebibytes(heapUsed)} of objects, ${openFiles ?? 'unknown'} open files`
