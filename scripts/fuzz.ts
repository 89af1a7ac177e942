/** `npm run fuzz`: inputs with something wrong in them for every parser, for as long as asked. See `usage`. */
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { fuzzTargets } from '../tests/fuzz/fuzz-targets.ts'
import { runFuzz } from '../tests/fuzz/run-fuzz.ts'

const names = fuzzTargets.map(({ name }) => name)
const usage = `npm run fuzz -- [--parser NAME] [--minutes N] [--seed N] [--index N]
  --parser NAME  one of ${names.join(', ')}; all, one after the other, where left out
  --minutes N    for each parser, 1 where left out
  --seed N       makes the same inputs again
  --index N      one input of that seed alone`

const { values } = parseArgs({
  options: {
    parser: { type: 'string' },
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string' },
    index: { type: 'string' },
  },
})
const seed = Number(values.seed ?? process.env['EVENHAND_SEED'] ?? randomInt(2 ** 31))
const minutes = Number(values.minutes)
const index = values.index === undefined ? null : Number(values.index)
const chosen = values.parser === undefined ? names : [values.parser]
if (!Number.isSafeInteger(seed) || !(minutes > 0) || !chosen.every((name) => names.includes(name))) {
  console.error(usage)
  process.exit(2)
}
console.log(`Everything is made from --seed ${seed}`)
let found = 0
for (const parser of chosen) {
  const outcome =
    index === null
      ? await runFuzz({ parser, seed, seconds: minutes * 60 })
      : await runFuzz({ parser, seed, from: index, inputs: 1 })
  console.log(`${parser}: ${outcome.inputs} inputs, ${outcome.findings.length} findings`)
  for (const finding of outcome.findings) console.log(`FOUND ${finding}`)
  found += outcome.findings.length
}
process.exit(found === 0 ? 0 : 1)
