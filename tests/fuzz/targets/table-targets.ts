import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { decisionAction, decisionFormat, removeReason } from '#shared/contract/decision.contract.ts'
import { sha256, task, timestamp } from '#shared/contract/base.contract.ts'
import { indexPathEnds, matchImage } from '#engine/curation/decisions/exchange/match-image.ts'
import { planFileDecision } from '#engine/curation/decisions/exchange/plan-import.ts'
import { readDecisionFile } from '#engine/curation/decisions/exchange/read-decision-file.ts'
import { TableLabels } from '#engine/data/catalogue/labels/table-labels.ts'
import { ageBinLabels, labelSchemes } from '#shared/domain/label-schemes.ts'
import { oddText } from '../../hostile/odd-values.ts'
import { chance, pick, type Random } from '../../hostile/pick.ts'
import type { FuzzTarget } from '../fuzz-target.ts'
import { encodeText, mutateBytes, mutateList, writeMutatedJson } from '../mutate.ts'

const cells = [
  'a.png',
  'b/c.png',
  '../x.png',
  'White',
  'Male',
  'F',
  '30',
  '3-9',
  '20-29',
  '2019-10-01',
  '70+',
  'nan',
  '1e3',
  '"',
  '"a,b"',
  "'=1",
]

const oddCell = (random: Random): string => (chance(random, 0.5) ? pick(random, cells) : oddText(random))

/** Sometimes with so many rows that whatever is not linear shows. */
function oddRow(random: Random, width: number): string {
  const row = Array.from({ length: chance(random, 0.9) ? width : random.int(0, 9) }, () =>
    oddCell(random),
  ).join(',')
  return chance(random, 0.01) && row.length < 100 ? `${row}\n`.repeat(30_000) : row
}

function writeTable(rows: readonly string[], random: Random): Uint8Array {
  const text = mutateList(rows, random, () => oddRow(random, (rows[0] ?? '').split(',').length)).join(
    pick(random, ['\n', '\n', '\r\n', '\r']),
  )
  const turned = chance(random, 0.1) ? text.replaceAll(',', pick(random, [';', '\t'])) : text
  const bytes = encodeText(chance(random, 0.1) ? `\u{feff}${turned}` : turned)
  return chance(random, 0.2) ? mutateBytes(bytes, random) : bytes
}

const labelRows = [
  'file,race,gender,age,identity',
  'a.png,White,Male,30,p1',
  'b/c.png,Black,F,20-29,p2',
  '"d, e.png",East Asian,Female,3-9,',
]

const { race, gender } = labelSchemes.fairface7
const readLabels = z.strictObject({
  ageYears: z.number().min(0).nullable(),
  ageBin: z.enum(ageBinLabels).nullable(),
  gender: z.enum(gender).nullable(),
  race: z.enum(race).nullable(),
  identity: z.string().min(1).nullable(),
})

const labelTable: FuzzTarget = {
  name: 'label-table',
  file: 'labels.csv',
  covers: [
    'main/engine/data/catalogue/labels/read-label-table.ts',
    'main/engine/base/kernel/describe-csv-error.ts',
  ],
  good: () => [encodeText(`${labelRows.join('\n')}\n`)],
  make: (random) => writeTable(labelRows, random),
  async read(bytes, { folder }) {
    const file = join(folder, 'labels.csv')
    writeFileSync(file, bytes)
    const table = await TableLabels.open({ source: folder, files: [file], scheme: 'fairface7' })
    for (const path of ['a.png', 'b/c.png', 'd, e.png', ...cells]) readLabels.parse(table.read(path).labels)
    table.listLeftOver()
  },
}

const text = z.string().nullable()
const readDecision = z.strictObject({
  place: z.string(),
  path: text,
  sha256: z.union([sha256, z.string()]).nullable(),
  action: decisionAction,
  reason: removeReason.nullable(),
  note: text,
  task: task.nullable(),
  from: text,
  to: text,
  reviewer: text,
  time: timestamp.nullable(),
})
const plannedFields = z.array(
  z.object({ field: z.enum(['status', 'suspect', 'review', 'race', 'gender', 'age']), to: text, note: text }),
)

const state = {
  imageId: 1,
  scheme: 'fairface7',
  status: 'undecided',
  isIdentitySuspect: false,
  revision: 0,
  race: 'White',
  gender: null,
  ageYears: 30,
  ageBin: '30-39',
  reviews: new Map(),
} as const

/** A catalogue without any of the images: every way to find one is gone. */
const noImages = { byHash: () => [], byPath: () => [], ends: () => indexPathEnds([]) }

const readDecisions =
  (name: string): FuzzTarget['read'] =>
  async (bytes, { folder }) => {
    const file = join(folder, name)
    writeFileSync(file, bytes)
    const { signal } = new AbortController()
    const read = await readDecisionFile(file, { format: undefined, signal })
    decisionFormat.parse(read.format)
    for (const decision of read.decisions) {
      readDecision.parse(decision)
      matchImage(noImages, decision)
      const plan = planFileDecision(state, decision)
      if (plan.kind === 'changes') plannedFields.parse(plan.changes)
    }
  }

const decisionRows = [
  'image,sha256,action,reason,note,task,from,to,reviewer,time',
  'a.png,,remove,blurry,words,,,,Ada,2026-01-01T00:00:00Z',
  'b.png,,relabel,,,race,White,Black,Ada,2026-01-01',
  'c.png,,keep,,,,,,,',
]

const decisionTable: FuzzTarget = {
  name: 'decisions-csv',
  file: 'decisions.csv',
  covers: [
    'main/engine/curation/decisions/exchange/csv-format.ts',
    'main/engine/curation/decisions/exchange/read-decision-file.ts',
  ],
  good: () => [encodeText(`${decisionRows.join('\n')}\n`)],
  make: (random) => writeTable(decisionRows, random),
  read: readDecisions('decisions.csv'),
}

const samples = {
  samples: [
    { filepath: '/data/a.png', tags: ['removed:blurry', 'race:Black'], sha256: null },
    { filepath: 'b.png', tags: ['kept', 'identity-suspect', 'age:30'] },
  ],
}

const fiftyone: FuzzTarget = {
  name: 'decisions-fiftyone',
  file: 'samples.json',
  covers: ['main/engine/curation/decisions/exchange/read-decision-file.ts'],
  good: () => [encodeText(JSON.stringify(samples))],
  make: (random) => writeMutatedJson(samples, random),
  read: readDecisions('samples.json'),
}

const tasks = [
  {
    id: 1,
    data: { image: '/data/local-files/?d=a%20b.png', sha256: null },
    annotations: [
      {
        result: [
          { from_name: 'decision', to_name: 'image', type: 'choices', value: { choices: ['remove'] } },
          { from_name: 'reason', to_name: 'image', type: 'choices', value: { choices: ['blurry'] } },
          { from_name: 'race', to_name: 'image', type: 'choices', value: { choices: ['Black'] } },
          { from_name: 'note', to_name: 'image', type: 'textarea', value: { text: ['words'] } },
        ],
        completed_by: { email: 'ada@example.org' },
        created_at: '2026-01-01T00:00:00Z',
        updated_at: '2026-01-02T00:00:00Z',
        was_cancelled: false,
      },
    ],
  },
]

const labelStudio: FuzzTarget = {
  name: 'decisions-label-studio',
  file: 'tasks.json',
  covers: ['main/engine/curation/decisions/exchange/label-studio-format.ts'],
  good: () => [encodeText(JSON.stringify(tasks))],
  make: (random) => writeMutatedJson(tasks, random),
  read: readDecisions('tasks.json'),
}

export const tableTargets: readonly FuzzTarget[] = [labelTable, decisionTable, fiftyone, labelStudio]
