import * as z from 'zod'
import { imageFilter } from '#shared/contract/image.contract.ts'
import { readImageSearch } from '#shared/domain/image-search.ts'
import { readQueueCursor, writeQueueCursor } from '#engine/curation/checks/queue-cursor.ts'
import { readAgeText } from '#engine/data/catalogue/domain/age-text.ts'
import { readGenderText, readRaceText } from '#engine/data/catalogue/domain/category-text.ts'
import { readCursor, writeCursor } from '#engine/data/catalogue/domain/page-cursor.ts'
import { readUtkfaceName } from '#engine/data/catalogue/domain/utkface-name.ts'
import { AppError } from '#shared/contract/errors.ts'
import { oddText } from '../../hostile/odd-values.ts'
import { chance, pick, type Random } from '../../hostile/pick.ts'
import { promise, type FuzzTarget } from '../fuzz-target.ts'
import { encodeText, mutateBytes, mutateJson, mutateList } from '../mutate.ts'

const pieces = [
  'race:White',
  'age<20',
  'age:20-29,none',
  '-finding:blurry',
  'status:any',
  'identity:"a b"',
  'part:test',
  'id:7',
  'words',
  '"',
  '\\',
  ',',
  ':',
  '-',
  '<=',
  'constructor:1',
  'toString:1',
  '25_0_1_20170101000000000.jpg',
  '1_1',
  '.chip.jpg',
  '3-9',
  '2019-10-01 00:00:00',
  '70 and over',
  'M',
  'Latino_Hispanic',
  ' ',
  '\t',
]
const cursor = { sort: 'id', direction: 'ascending', key: 7, id: 7 } as const
const queueCursor = { check: 'blurry', score: 0.5, id: 7 } as const

const toBase64 = (value: unknown): string => Buffer.from(JSON.stringify(value) ?? '').toString('base64url')

function makeText(random: Random): string {
  if (chance(random, 0.2)) return toBase64(mutateJson(pick(random, [cursor, queueCursor]), random))
  const text = mutateList(['race:White', 'age<20'], random, () =>
    chance(random, 0.7) ? pick(random, pieces) : oddText(random),
  )
  return text.join(pick(random, [' ', '', '_', ',']))
}

const problem = z.object({
  message: z.string().min(1),
  position: z.int().nonnegative(),
  length: z.int().positive(),
})
const terms = z.array(
  z.object({
    isExcluded: z.boolean(),
    condition: z.object({
      kind: z.enum([
        'words',
        'path',
        'note',
        'dataset',
        'race',
        'gender',
        'age',
        'identity',
        'status',
        'finding',
        'part',
        'id',
      ]),
    }),
  }),
)

/** A cursor that is none is refused; anything else must be one that can be written again. */
function readCursors(text: string): void {
  const readings = [
    () => JSON.parse(Buffer.from(writeCursor(readCursor(text, cursor)), 'base64url').toString()),
    () => writeQueueCursor({ check: 'blurry', ...readQueueCursor(text, 'blurry') }),
  ]
  for (const read of readings) {
    try {
      read()
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'INVALID_INPUT') throw error
    }
  }
}

/** What people and files say in one line: searches, places in a list, names and labels. */
export const textTarget: FuzzTarget = {
  name: 'texts',
  covers: ['main/engine/curation/checks/queue-cursor.ts', 'main/engine/data/catalogue/domain/page-cursor.ts'],
  good: () => [...pieces, writeCursor(cursor), writeQueueCursor(queueCursor)].map(encodeText),
  make: (random) => {
    const bytes = encodeText(makeText(random))
    return chance(random, 0.2) ? mutateBytes(bytes, random) : bytes
  },
  read(bytes) {
    const text = new TextDecoder().decode(bytes).slice(0, 2_000)
    const search = readImageSearch(imageFilter.shape.search.unwrap().catch('').parse(text))
    if (search.problem === null) terms.parse(search.terms)
    else problem.parse(search.problem)
    readCursors(text)
    const { labels } = readUtkfaceName(text)
    promise(labels.ageYears === null || labels.ageYears >= 0, 'a name gives an age below 0')
    const years = readAgeText(text).value?.years ?? 0
    promise(Number.isFinite(years) && years >= 0 && years <= 150, 'a text gives no possible age')
    for (const read of [readRaceText(text, 'fairface7'), readGenderText(text, 'utkface5')])
      promise(read.value === null || typeof read.value === 'string', 'a label is no text')
  },
}
