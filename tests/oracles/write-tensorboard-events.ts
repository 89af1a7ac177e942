/** `node tests/oracles/write-tensorboard-events.ts FOLDER`: the reference event files, for TensorBoard's readers. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { writeReferenceEvents } from '../fixtures/tensorboard-events.ts'

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('usage: write-tensorboard-events.ts FOLDER')
// The second is the same run, soon after it was resumed.
for (const [name, last] of [
  ['whole', 12],
  ['resumed', 7],
] as const) {
  mkdirSync(join(folder, name), { recursive: true })
  await writeReferenceEvents(join(folder, name), { last })
}
