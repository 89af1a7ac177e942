import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import * as z from 'zod'
import { streamOf } from '../hostile/pick.ts'
import { loadTarget } from './target-loaders.ts'
import type { FuzzTarget } from './fuzz-target.ts'
import { judgeInput, minimise } from './judge-outcome.ts'
import type { FuzzMessage } from './run-fuzz.ts'

const order = z.object({
  parser: z.string(),
  seed: z.int(),
  from: z.int(),
  to: z.int(),
  /** Counted from when everything is loaded; null for without an end. */
  milliseconds: z.number().nullable(),
  /** One Int32: the input at work, for when this thread never comes back. */
  at: z.instanceof(SharedArrayBuffer),
})

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
const send = (message: FuzzMessage): void => parentPort?.postMessage(message)

/** What the parser left in its folder, or null. */
function findLitter(folder: string, { leaves = 1 }: FuzzTarget): string | null {
  const left = readdirSync(folder)
  for (const name of left) rmSync(join(folder, name), { recursive: true, force: true })
  return left.length > leaves ? `left files behind: ${left.join(', ').slice(0, 300)}` : null
}

async function checkGood(target: FuzzTarget, good: readonly Uint8Array[], folder: string): Promise<void> {
  for (const [index, bytes] of good.entries()) {
    try {
      await target.read(bytes, { folder })
    } catch (error) {
      send({ kind: 'finding', index: -1 - index, wrong: `refuses a good input: ${String(error)}`, bytes: '' })
    }
    findLitter(folder, target)
  }
}

async function fuzz(): Promise<void> {
  const { parser, seed, from, to, milliseconds, at } = order.parse(workerData)
  const target = await loadTarget(parser)
  const folder = mkdtempSync(join(tmpdir(), 'evenhand-fuzz-'))
  const current = new Int32Array(at)
  // Such as of a file that nobody closed.
  process.on('warning', ({ message }) =>
    send({
      kind: 'finding',
      index: Atomics.load(current, 0),
      wrong: `made Node warn: ${message}`,
      bytes: '',
    }),
  )
  try {
    const good = await target.good()
    await checkGood(target, good, folder)
    const endsAt = milliseconds === null ? Infinity : Date.now() + milliseconds
    let index = from
    for (; index < to && Date.now() < endsAt; index++) {
      Atomics.store(current, 0, index)
      const bytes = await target.make(streamOf(seed, parser, index), good)
      const wrong = (await judgeInput(target, bytes, { folder })) ?? findLitter(folder, target)
      if (wrong === null) continue
      const smallest = await minimise(target, bytes, { folder })
      send({ kind: 'finding', index, wrong, bytes: Buffer.from(smallest).toString('base64') })
    }
    send({ kind: 'done', inputs: index - from })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

await fuzz()
