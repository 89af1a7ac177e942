import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { unpackRest, type PackedRest } from '#tests/fixtures/packed-rest.ts'
import { createOpenApiDocument } from '../../src/main/hosts/server/openapi-document.ts'

/** Written by tests/oracles/record-interfaces.ts. */
const packed: PackedRest = JSON.parse(
  readFileSync(new URL('../oracles/golden/rest-document.json', import.meta.url), 'utf8'),
)

/** What has changed on purpose since the record. */
const meant: readonly (readonly [at: RegExp, why: string])[] = [
  [/^get \/api\/system\/folders/, 'no address is taken for a path'],
  [/config\.properties\.inputSize\.multipleOf/, 'networks of other inputs'],
  [/^post \/api\/project\/sample.*images\.default/, 'every group of the sample has enough portraits'],
]

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Words for people: they may be put better. */
const words = new Set(['summary', 'description', 'title'])

/** Less narrow where they are gone. */
const bounds = new Set([
  'minimum',
  'maximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'pattern',
])

/**
 * What a program that was written for the recorded document may stumble over: a part that has gone or is another, a value that is no
 * longer taken or given, and what must now be sent that was not asked for. Bounds that have gone, and what has come, do no harm.
 */
function findBreaks(was: unknown, is: unknown, at: string): string[] {
  if (Array.isArray(was)) return findListBreaks(was, Array.isArray(is) ? is : [], at)
  if (!isFields(was)) return was === is ? [] : [`${at}: ${JSON.stringify(was)} is ${JSON.stringify(is)}`]
  if (!isFields(is)) return [`${at}: is gone`]
  const isAsked = /\.(parameters|requestBody)/.test(at)
  const asked = isAsked && isStrings(is['required']) ? is['required'] : []
  const before = isStrings(was['required']) ? was['required'] : []
  const added = asked.filter((name) => !before.includes(name)).map((name) => `${at}.required: ${name} is new`)
  const kept = Object.entries(was)
    .filter(([key]) => !words.has(key) && !(isAsked && (key === 'required' || bounds.has(key))))
    .flatMap(([key, value]) => findBreaks(value, is[key], `${at}.${key}`))
  return [...added, ...kept]
}

const isStrings = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')

/** Names and values by themselves, parameters by their names, and alternatives by any that takes what was taken. */
function findListBreaks(was: readonly unknown[], is: readonly unknown[], at: string): string[] {
  return was.flatMap((item, index) => {
    if (!isFields(item)) return is.includes(item) ? [] : [`${at}: ${JSON.stringify(item)} is gone`]
    const place = `${at}[${typeof item['name'] === 'string' ? item['name'] : index}]`
    const fitting = is.filter((other) => !isFields(other) || other['name'] === item['name'])
    const found = fitting.map((other) => findBreaks(item, other, place))
    const [least] = found.toSorted((one, other) => one.length - other.length)
    return least ?? [`${place}: is gone`]
  })
}

it('everything of the recorded REST document is there, and nothing more must be sent', async () => {
  const recorded = unpackRest(packed)
  const today: unknown = await createOpenApiDocument('0')
  const now = new Map(listOperations(today))
  const operations = listOperations(recorded)
  const breaks = operations.flatMap(([name, operation]) => findBreaks(operation, now.get(name), name))
  expect(operations.length).toBeGreaterThan(90)
  expect(breaks.filter((one) => !meant.some(([at]) => at.test(one)))).toEqual([])
  expect(meant.filter(([at]) => !breaks.some((one) => at.test(one)))).toEqual([])
})

function listOperations(document: unknown): (readonly [name: string, operation: unknown])[] {
  if (!isFields(document) || !isFields(document['paths'])) throw new Error('No document')
  return Object.entries(document['paths']).flatMap(([path, item]) =>
    Object.entries(isFields(item) ? item : {}).map(
      ([method, operation]) => [`${method} ${path}`, operation] as const,
    ),
  )
}
