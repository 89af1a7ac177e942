import { randomInt } from 'node:crypto'

/** Draws the number that all random choices of a run come from, unless `EVENHAND_SEED` gives it, and tells it. */
export function setup(): void {
  const seed = (process.env['EVENHAND_SEED'] ??= String(randomInt(2 ** 31)))
  process.stderr.write(`Random choices come from EVENHAND_SEED=${seed}\n`)
}
