import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { findNearPairs, type HashColumns } from '#engine/curation/duplicates/domain/near-pairs.ts'
import { createRandom } from '#engine/base/kernel/random.ts'

/**
 * How long the search for near duplicates takes, and that it misses none: hashes drawn at random, a twentieth of them
 * copies with up to ten bits changed; a sample is compared with all others one by one.
 * `node bench/near-duplicates.ts [--hashes 1000000] [--sample 200] [--out FILE.json]`
 */
const { values } = parseArgs({
  options: {
    hashes: { type: 'string', default: '1000000' },
    sample: { type: 'string', default: '200' },
    out: { type: 'string' },
  },
})
const count = Number(values.hashes)
const most = 10
const random = createRandom(1, ['near-duplicates', count])
const high = new Uint32Array(count)
const low = new Uint32Array(count)
for (let at = 0; at < count; at++) {
  if (at > 0 && random.float() < 0.05) {
    const original = random.int(0, at - 1)
    high[at] = high[original] ?? 0
    low[at] = low[original] ?? 0
    for (let flip = random.int(0, most); flip > 0; flip--) {
      const bit = random.int(0, 63)
      if (bit < 32) low[at]! ^= 1 << bit
      else high[at]! ^= 1 << (bit - 32)
    }
    continue
  }
  high[at] = random.int(0, 0xffff) * 65536 + random.int(0, 0xffff)
  low[at] = random.int(0, 0xffff) * 65536 + random.int(0, 0xffff)
}
const hashes: HashColumns = { high, low }

const partnersOf = new Map<number, number[]>()
let pairs = 0
const startedAt = performance.now()
const cpuAt = process.cpuUsage()
findNearPairs(hashes, most, {
  onPair: ({ a, b }) => {
    pairs += 1
    partnersOf.set(a, [...(partnersOf.get(a) ?? []), b])
    partnersOf.set(b, [...(partnersOf.get(b) ?? []), a])
  },
})
const seconds = (performance.now() - startedAt) / 1000
const { user, system } = process.cpuUsage(cpuAt)

const countBits = (word: number): number => {
  let bits = 0
  for (let left = word >>> 0; left !== 0; left = (left & (left - 1)) >>> 0) bits += 1
  return bits
}
const sample = Number(values.sample)
let missed = 0
let extra = 0
let compared = 0
const forceStartedAt = performance.now()
for (let turn = 0; turn < sample; turn++) {
  // Half of the sample has copies for certain.
  const known = [...partnersOf.keys()]
  const one = turn % 2 === 0 ? random.int(0, count - 1) : (known[random.int(0, known.length - 1)] ?? 0)
  const found = new Set(partnersOf.get(one))
  for (let other = 0; other < count; other++) {
    if (other === one) continue
    const distance =
      countBits((high[one] ?? 0) ^ (high[other] ?? 0)) + countBits((low[one] ?? 0) ^ (low[other] ?? 0))
    if (distance <= most && !found.delete(other)) missed += 1
  }
  extra += found.size
  compared += count - 1
}
const forceSeconds = (performance.now() - forceStartedAt) / 1000
const result = {
  hashes: count,
  bits: most,
  pairs,
  seconds: Number(seconds.toFixed(2)),
  /** On a machine with nothing else to do the two are the same. */
  processorSeconds: Number(((user + system) / 1e6).toFixed(2)),
  sample: { hashes: sample, missed, extra },
  /** All pairs at the rate of the sample. */
  allPairsHours: Number((((forceSeconds / compared) * count * (count - 1)) / 2 / 3600).toFixed(2)),
  peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
}
process.stdout.write(`${JSON.stringify(result, null, 2)}\n`)
if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(result, null, 2)}\n`)
if (missed + extra > 0) process.exitCode = 1
