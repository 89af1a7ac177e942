import { Worker } from 'node:worker_threads'

export type FuzzMessage =
  | { readonly kind: 'finding'; readonly index: number; readonly wrong: string; readonly bytes: string }
  | { readonly kind: 'done'; readonly inputs: number }

export interface FuzzOrder {
  readonly parser: string
  readonly seed: number
  readonly from?: number
  /** Whichever of both comes first. */
  readonly inputs?: number
  readonly seconds?: number
}

export interface FuzzOutcome {
  readonly inputs: number
  /** One sentence each, with the command that repeats it. */
  readonly findings: readonly string[]
}

/** No input here has any business taking seconds; a machine full of other tests takes some. */
const longestMs = 30_000
const lookMs = 250
const mostFindings = 5

const describe = ({ parser, seed }: FuzzOrder, index: number, wrong: string, bytes = ''): string => {
  const smallest = bytes === '' ? '' : `\n  smallest input found (base64): ${bytes.slice(0, 1_200)}`
  return index < 0
    ? `${parser}: good input ${-1 - index} ${wrong}`
    : `${parser}, input ${index} ${wrong}${smallest}\n  again: npm run fuzz -- --parser ${parser} --seed ${seed} --index ${index}`
}

/** Fuzzes one parser in a thread that is watched: an input without an end, or without a bound in memory, ends it. */
export async function runFuzz(order: FuzzOrder): Promise<FuzzOutcome> {
  const { parser, seed, from = 0, inputs = Infinity, seconds = Infinity } = order
  const at = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)
  const current = new Int32Array(at)
  const findings: string[] = []
  const to = Number.isFinite(inputs) ? from + inputs : 2 ** 31 - 1
  const worker = new Worker(new URL('fuzz.worker.ts', import.meta.url), {
    workerData: {
      parser,
      seed,
      from,
      to,
      milliseconds: Number.isFinite(seconds) ? seconds * 1000 : null,
      at,
    },
    resourceLimits: { maxOldGenerationSizeMb: 512 },
  })
  const { promise: ended, resolve: end } = Promise.withResolvers<number>()
  worker.on('message', (message: FuzzMessage) => {
    if (message.kind === 'done') return end(message.inputs)
    findings.push(describe(order, message.index, message.wrong, message.bytes))
    if (findings.length >= mostFindings) end(message.index - from)
  })
  worker.on('error', (error) => {
    findings.push(describe(order, Atomics.load(current, 0), `ended the thread: ${String(error)}`))
    end(Atomics.load(current, 0) - from)
  })
  let seen = -1
  let since = Date.now()
  const watch = setInterval(() => {
    const index = Atomics.load(current, 0)
    if (index !== seen || findings.length > 0) {
      seen = index
      since = Date.now()
    } else if (Date.now() - since > longestMs) {
      findings.push(describe(order, index, `did not end within ${longestMs / 1000} s`))
      end(index - from)
    }
  }, lookMs)
  const done = await ended
  clearInterval(watch)
  await worker.terminate()
  return { inputs: done, findings }
}
