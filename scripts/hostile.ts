/** `npm run hostile`: a real server under everything that somebody could send it. See `usage`. */
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { fullLoad, quickLoad, runHostileLoad } from '../tests/hostile/run-hostile-load.ts'

const usage = `npm run hostile -- [--seed N] [--rounds N] [--quick]
  --seed N     makes the same requests, calls and uploads again
  --rounds N   sends the load so often, each time another: does memory stay where the first round left it?
  --quick      some hundreds of each instead of ten thousand`

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    rounds: { type: 'string', default: '1' },
    quick: { type: 'boolean', default: false },
  },
})
const seed = Number(values.seed ?? process.env['EVENHAND_SEED'] ?? randomInt(2 ** 31))
const rounds = Number(values.rounds)
if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(rounds) || rounds < 1) {
  console.error(usage)
  process.exit(2)
}
console.log(`Everything is made from --seed ${seed}`)
const { findings } = await runHostileLoad(values.quick ? quickLoad : fullLoad, {
  seed,
  rounds,
  tell: (line) => console.log(line),
})
console.log(findings.length === 0 ? 'The server held.' : `${findings.length} findings`)
process.exit(findings.length === 0 ? 0 : 1)
