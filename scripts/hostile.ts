/** `npm run hostile`: a real server under everything that somebody could send it. See `usage`. */
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { fullLoad, quickLoad, runHostileLoad } from '../tests/hostile/run-hostile-load.ts'

const usage = `npm run hostile -- [--seed N] [--quick]
  --seed N   makes the same requests, calls and uploads again
  --quick    some hundreds of each instead of ten thousand`

const { values } = parseArgs({
  options: { seed: { type: 'string' }, quick: { type: 'boolean', default: false } },
})
const seed = Number(values.seed ?? process.env['EVENHAND_SEED'] ?? randomInt(2 ** 31))
if (!Number.isSafeInteger(seed)) {
  console.error(usage)
  process.exit(2)
}
console.log(`Everything is made from --seed ${seed}`)
const { findings } = await runHostileLoad(values.quick ? quickLoad : fullLoad, {
  seed,
  tell: (line) => console.log(line),
})
console.log(findings.length === 0 ? 'The server held.' : `${findings.length} findings`)
process.exit(findings.length === 0 ? 0 : 1)
