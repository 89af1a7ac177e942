/** `node tests/oracles/write-tensorboard-events.ts FOLDER`: the reference event files, for TensorBoard to read. */
import { mkdirSync } from 'node:fs'
import { writeReferenceEvents } from '../fixtures/tensorboard-events.ts'

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('usage: write-tensorboard-events.ts FOLDER')
mkdirSync(folder, { recursive: true })
await writeReferenceEvents(folder)
