import { AppError, longestMessage } from '#shared/contract/errors.ts'
import type { FuzzSite, FuzzTarget } from './fuzz-target.ts'

/** Far above what any of these inputs takes, so that a busy machine finds nothing. */
const mostMemoryBytes = 384 * 2 ** 20

const stackLine = /\n\s+at |node_modules|\/src\/main\//

/** What is wrong with a refusal, or null. */
function judgeRefusal(error: unknown, file: string | undefined): string | null {
  if (!(error instanceof AppError)) {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return `threw no AppError: ${what.slice(0, 1_000)}`
  }
  if (error.code === 'INTERNAL') return `threw INTERNAL: ${error.message.slice(0, 500)}`
  if (stackLine.test(error.message)) return `shows its inside: ${error.message.slice(0, 500)}`
  if (error.message.length > longestMessage + 3)
    return `says ${error.message.length} characters: ${error.message.slice(0, 200)}`
  if (file !== undefined && !error.message.includes(file))
    return `does not name ${file}: ${error.message.slice(0, 300)}`
  return null
}

const prototypeKeys = Object.getOwnPropertyNames(Object.prototype).length

/** Reads one input. @returns what is wrong, or null: it ended in a result of its contract, or in a refusal in plain words. */
export async function judgeInput(
  target: FuzzTarget,
  bytes: Uint8Array,
  site: FuzzSite,
): Promise<string | null> {
  const peakBefore = process.resourceUsage().maxRSS
  try {
    await target.read(bytes, site)
  } catch (error) {
    const wrong = judgeRefusal(error, target.file)
    if (wrong !== null) return wrong
  }
  if (Object.getOwnPropertyNames(Object.prototype).length !== prototypeKeys)
    return 'changed the prototype of all objects'
  const grownBytes = (process.resourceUsage().maxRSS - peakBefore) * 1024
  return grownBytes > mostMemoryBytes
    ? `took ${Math.round(grownBytes / 2 ** 20)} MiB of memory for ${bytes.length} bytes`
    : null
}

/** What tells one fault from another, whatever the figures in it. */
const nameFault = (wrong: string): string => wrong.slice(0, 90).replaceAll(/\d+/g, '0')

/** A smaller input with the same fault, by leaving parts out, largest first. */
export async function minimise(target: FuzzTarget, bytes: Uint8Array, site: FuzzSite): Promise<Uint8Array> {
  const first = await judgeInput(target, bytes, site)
  // What shows in the memory of the whole process, or not again, cannot be narrowed down this way.
  if (first === null || first.startsWith('took ')) return bytes
  let smallest = bytes
  let tries = 0
  for (let size = smallest.length >> 1; size > 0; size >>= 1) {
    for (let from = 0; from < smallest.length && tries < 1_500; from += size) {
      const shorter = new Uint8Array(
        Buffer.concat([smallest.subarray(0, from), smallest.subarray(from + size)]),
      )
      tries++
      const wrong = await judgeInput(target, shorter, site)
      if (wrong === null || nameFault(wrong) !== nameFault(first)) continue
      smallest = shorter
      from -= size
    }
  }
  return smallest
}
