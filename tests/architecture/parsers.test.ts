import { existsSync, globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { fuzzTargets } from '../fuzz/fuzz-targets.ts'

const root = resolve(import.meta.dirname, '../..')

/** What turns bytes or text into values. */
const decoding =
  /JSON\.parse\(|fromBinary\(|from 'csv-parse|inflateRawSync|new DataView\(|\.parts\(\)|new WebSocketServer\(|new RPCHandler\(|decodeURIComponent\(|new URLSearchParams\(/

/** Read by no fuzz case, each for its reason; paths below `src`. */
const unfuzzed: Readonly<Record<string, string>> = {
  'main/engine/assessment/evaluation/evaluation-records.ts': 'rows of our own, each read by a schema',
  'main/engine/assessment/evaluation/evaluation.service.ts': 'rows of our own, each read by a schema',
  'main/engine/assessment/leakage/certificate.repo.ts':
    'rows of our own, each read by a schema and held against its hash',
  'main/engine/base/db/catalogue-log.ts': "the log of a catalogue of our own, by SQLite's checksums",
  'main/engine/base/db/catalogue-seal.ts': 'a note of our own beside the catalogue, read by a schema',
  'main/engine/base/db/row-decoder.ts': 'rows of our own, each read by a schema',
  'main/engine/networks/attributes/tfjs-graph.ts': 'weights of a package, by their pinned hash',
  'main/engine/networks/faces/tflite-file.ts': 'weights that come with the program, by their pinned hash',
  'main/engine/networks/faces/tflite-network.ts': 'weights that come with the program, by their pinned hash',
  'main/engine/networks/faces/weight-files.ts': 'weights that come with the program, by their pinned hash',
  'main/engine/curation/label-checks/label-source.repo.ts': 'rows of our own',
  'main/engine/base/kernel/vector-bytes.ts': 'rows of our own',
  'main/engine/assessment/explanations/explain.worker.ts': 'a key that the same thread wrote',
  'main/engine/base/integrity/result-files.ts': 'a file that is held against its recorded hash first',
  'main/engine/learning/export/export.job.ts': 'the card of a model of our own',
  'main/engine/networks/inference/find-certified-hash.ts':
    'the certificate beside an exported file, of a limited size, read by a schema or refused by name',
  'main/engine/networks/onnx-file/hand-out.ts':
    'what a file says of its purpose is none where it cannot be read; the rest is a model of our own',
  'main/engine/learning/openings/opening-witness.ts':
    'a list of our own, each line read by a schema and left out where it cannot be',
  'main/engine/learning/training/initial-weights.ts': 'a file of a run of our own, read by a schema',
  'main/engine/learning/training/run-checkpoints.ts': 'checkpoints of our own',
  'main/engine/networks/gradients/onednn/adapters/open-dnnl.ts':
    'three numbers of a library that runs in our process',
  'main/engine/networks/devices/read-profile.ts': "ONNX Runtime's account of a test that we ran",
  'main/engine/project/folder/project-lock.ts': 'names who holds a lock, in a message alone',
  'main/hosts/cli/commands/train-flags.ts': "the user's own choices, which the contract reads next",
  'main/hosts/cli/reading-answers.ts': "the user's own answers, each read by a schema",
  'main/hosts/electron/app-protocol.ts': 'addresses of our own page',
  'main/hosts/server/openapi-document.ts': 'a document that we write',
  'main/hosts/server/session-routes.ts':
    'one field of a form of a thousand characters, compared with a secret',
}

const decoders = globSync('src/{main,shared}/**/*.ts', { cwd: root })
  .filter((file) => !file.includes('/gen/') && decoding.test(readFileSync(join(root, file), 'utf8')))
  .map((file) => file.replaceAll('\\', '/').replace(/^src\//, ''))
const covered = fuzzTargets.flatMap(({ covers }) => covers)

it('what decodes bytes or text is fuzzed, or says why not', () => {
  const known = new Set([...covered, ...Object.keys(unfuzzed)])
  expect(decoders.filter((file) => !known.has(file))).toEqual([])
})

it('the lists of what is fuzzed and what is not name files that are there, and decode', () => {
  const missing = [...covered, ...Object.keys(unfuzzed)].filter(
    (file) => !existsSync(join(root, 'src', file)),
  )
  expect(missing).toEqual([])
  expect(Object.keys(unfuzzed).filter((file) => !decoders.includes(file))).toEqual([])
})
