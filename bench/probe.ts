/**
 * What a probe gives on a split of a scanned project, by task, race and gender, beside the share of the largest class.
 * `node bench/probe.ts <project> <split name> [--dump faces.json]`: the dump is what `tests/oracles/make_probe_golden.py` compares
 * with scikit-learn. Reads the catalogue and writes nothing to it.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import BetterSqlite3 from 'better-sqlite3'
import * as z from 'zod'
import { expectedYearsCount } from '#shared/domain/age-read-out.ts'
import { formatEstimate } from '#shared/domain/format.ts'
import { estimateProportion } from '#shared/domain/intervals.ts'
import { ageBinLabels, labelSchemeNames } from '#shared/domain/label-schemes.ts'
import { tasks, type Task } from '#shared/domain/tasks.ts'
import { unpackVector } from '#engine/base/kernel/vector-bytes.ts'
import { applyHead, fitHead, probePenalty } from '#engine/learning/training/domain/fit-probe.ts'
import { encodeLabels, listSchemeLabels } from '#engine/networks/architecture/model-labels.ts'
import { readYears } from '#engine/networks/architecture/read-age.ts'
import { argMax, softmax } from '#engine/networks/architecture/softmax.ts'
import { faceSpace } from '#engine/networks/faces/face-detection.ts'
import { descriptorSize } from '#engine/networks/architecture/face-resnet.ts'

const { values, positionals } = parseArgs({ allowPositionals: true, options: { dump: { type: 'string' } } })
const [project, splitName] = positionals
if (project === undefined || splitName === undefined) {
  throw new Error('Usage: node bench/probe.ts <project> <split name> [--dump faces.json]')
}

const member = z.object({
  part: z.enum(['train', 'val', 'test']),
  race: z.string().nullable(),
  gender: z.string().nullable(),
  ageBin: z.string().nullable(),
  ageYears: z.number().nullable(),
  scheme: z.enum(labelSchemeNames),
  vector: z.instanceof(Uint8Array).nullable(),
})
type Member = z.infer<typeof member>

function readMembers(folder: string): Member[] {
  const db = new BetterSqlite3(join(folder, 'catalogue.sqlite'), { readonly: true })
  try {
    const rows = db
      .prepare(
        `SELECT m.part, m.race, m.gender, m.age_bin AS ageBin, m.age_years AS ageYears, s.label_scheme AS scheme, e.vector
         FROM split_member m JOIN split s ON s.id = m.split_id
         JOIN embedding_space p ON p.name = ? JOIN embedding e ON e.space_id = p.id AND e.image_id = m.image_id
         WHERE s.name = ? ORDER BY m.image_id`,
      )
      .all(faceSpace, splitName)
    return z.array(member).parse(rows)
  } finally {
    db.close()
  }
}

const members = readMembers(project)
const scheme = members[0]?.scheme ?? 'fairface7'
const labels = listSchemeLabels(scheme)

function pack(part: 'train' | 'val') {
  const found = members.filter((one) => one.part === part && one.vector !== null)
  const indices = found.map((one) => encodeLabels(one, { labels, scheme }))
  const descriptors = new Float32Array(found.length * descriptorSize)
  found.forEach(({ vector }, at) => {
    if (vector === null) return
    descriptors.set(unpackVector(vector, new Float32Array(descriptorSize)), at * descriptorSize)
  })
  return {
    found,
    descriptors,
    dimensions: descriptorSize,
    labels: new Map(tasks.map((task) => [task, Int32Array.from(indices, (index) => index[task])])),
    years: Float32Array.from(found, ({ ageYears }) => ageYears ?? -1),
  }
}
type Part = ReturnType<typeof pack>

const parts = { train: pack('train'), val: pack('val') }
const rowsOf = (all: Float32Array, width: number): Float32Array[] =>
  Array.from({ length: all.length / width }, (_, at) => all.subarray(at * width, (at + 1) * width))
const options = { bins: ageBinLabels.length, penalty: probePenalty, onStep: () => undefined }

const heads = new Map(
  tasks.map((task) => {
    const classes = labels[task].length
    const startedAt = performance.now()
    const head = fitHead(parts.train, { task, classes }, options)
    const seconds = (performance.now() - startedAt) / 1000
    const answer = ({ descriptors }: Part) => rowsOf(applyHead(head, descriptors), classes)
    return [task, { classes, seconds, isConverged: head.isConverged, answer }] as const
  }),
)

const { val } = parts
const lost = members.filter(({ part, vector }) => part !== 'test' && vector === null).length
process.stdout.write(
  `${splitName}: ${parts.train.found.length} to learn from, ${val.found.length} to measure, ${lost} without a face\n`,
)

function tell(task: Task, predicted: readonly number[], known: Int32Array): void {
  const measure = (isCounted: (at: number) => boolean): string => {
    const asked = [...known.keys()].filter((at) => (known[at] ?? -1) >= 0 && isCounted(at))
    const right = asked.filter((at) => predicted[at] === known[at]).length
    return formatEstimate(estimateProportion(right, asked.length))
  }
  const counts = new Map<number, number>()
  for (const label of known) if (label >= 0) counts.set(label, (counts.get(label) ?? 0) + 1)
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
  const majority = (100 * Math.max(...counts.values())) / total
  const { seconds, isConverged } = heads.get(task) ?? { seconds: Number.NaN, isConverged: false }
  process.stdout.write(
    `${task}: ${measure(() => true)}; largest class ${majority.toFixed(1)} %; solved ${isConverged} in ${seconds.toFixed(1)} s\n`,
  )
  for (const grouping of ['race', 'gender'] as const) {
    for (const [group, label] of labels[grouping].entries()) {
      const groups = val.labels.get(grouping)
      process.stdout.write(`  ${label}: ${measure((at) => groups?.[at] === group)}\n`)
    }
  }
}

for (const task of tasks) {
  const answers = heads.get(task)?.answer(val) ?? []
  tell(task, answers.map(argMax), val.labels.get(task) ?? new Int32Array())
}

const yearsHead = fitHead(
  parts.train,
  { task: 'age', classes: expectedYearsCount, readOut: 'expected-years' },
  options,
)
const errors = rowsOf(applyHead(yearsHead, val.descriptors), expectedYearsCount).flatMap((row, at) => {
  const age = val.years[at] ?? -1
  return age < 0 ? [] : [Math.abs(readYears(row, 'expected-years') - age)]
})
if (errors.length > 0) {
  const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length
  process.stdout.write(`age in years: mean error ${mean.toFixed(2)}, n = ${errors.length}\n`)
}

if (values.dump !== undefined) {
  const dumped = Object.fromEntries(
    Object.entries(parts).map(([name, part]) => [
      name,
      {
        descriptors: rowsOf(part.descriptors, descriptorSize).map((row) => [...row]),
        labels: Object.fromEntries([...part.labels].map(([task, known]) => [task, [...known]])),
      },
    ]),
  )
  const answered = Object.fromEntries(
    [...heads].map(([task, { answer }]) => [
      task,
      {
        probabilities: Object.fromEntries(
          Object.entries(parts).map(([name, part]) => [name, answer(part).map((row) => softmax(row))]),
        ),
      },
    ]),
  )
  writeFileSync(values.dump, JSON.stringify({ c: 1 / probePenalty, parts: dumped, heads: answered }))
}
