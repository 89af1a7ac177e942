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

/** Bounds that take less the larger they are, and the smaller. */
const least = new Set(['minimum', 'exclusiveMinimum', 'minLength', 'minItems'])
const most = new Set(['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems'])
/** What takes less wherever it was not there before, or is another. */
const narrowing = new Set(['multipleOf', 'pattern', 'format', 'enum', 'const', 'additionalProperties'])

/**
 * What a program that was written for the recorded document may stumble over: a part that has gone or is another, a value that is no
 * longer taken or given, and what must now be sent that was not asked for. Bounds that have gone, and what has come, do no harm.
 */
function findBreaks(was: unknown, is: unknown, at: string): string[] {
  if (Array.isArray(was)) return findListBreaks(was, Array.isArray(is) ? is : [], at)
  if (!isFields(was)) return was === is ? [] : [`${at}: ${JSON.stringify(was)} is ${JSON.stringify(is)}`]
  if (!isFields(is)) return [`${at}: is gone`]
  // Within `properties` a key is the name of a field.
  const isAsked = /\.(parameters|requestBody)/.test(at) && !at.endsWith('.properties')
  const kept = Object.entries(was)
    .filter(([key]) => !words.has(key) && !(isAsked && (key === 'required' || isBound(key))))
    .flatMap(([key, value]) => findBreaks(value, is[key], `${at}.${key}`))
  return isAsked ? [...findDemands(was, is, at), ...kept] : kept
}

const isBound = (key: string): boolean => least.has(key) || most.has(key) || narrowing.has(key)

const isStrings = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')

type Fields = Readonly<Record<string, unknown>>

/** What is now asked of a part of a request that was not: a field, the part itself, or a value within narrower bounds. */
function findDemands(was: Fields, is: Fields, at: string): string[] {
  const before = isStrings(was['required']) ? was['required'] : []
  const asked = isStrings(is['required']) ? is['required'] : []
  const fields = asked
    .filter((name) => !before.includes(name))
    .map((name) => `${at}.required: ${name} is new`)
  const isNeeded = is['required'] === true && was['required'] !== true ? [`${at}: must now be sent`] : []
  const bounds = Object.entries(is)
    .filter(([key, value]) => isBound(key) && isNarrower(key, was[key], value))
    .map(([key, value]) => `${at}.${key}: ${JSON.stringify(was[key])} is ${JSON.stringify(value)}`)
  return [...fields, ...isNeeded, ...bounds]
}

function isNarrower(key: string, was: unknown, is: unknown): boolean {
  if (key === 'enum') return !isStrings(was) || !isStrings(is) || was.some((value) => !is.includes(value))
  if (key === 'additionalProperties') return is === false && was !== false
  if (typeof was !== 'number' || typeof is !== 'number') return JSON.stringify(was) !== JSON.stringify(is)
  return least.has(key) ? is > was : most.has(key) ? is < was : is !== was
}

/** Names and values by themselves, parameters by their names, and alternatives by any that takes what was taken. */
function findListBreaks(was: readonly unknown[], is: readonly unknown[], at: string): string[] {
  const known = new Set(was.map((item) => (isFields(item) ? item['name'] : undefined)))
  const added = at.endsWith('.parameters')
    ? is.filter((item) => isFields(item) && item['required'] === true && !known.has(item['name']))
    : []
  const demands = added.map(
    (item) => `${at}: ${JSON.stringify(isFields(item) ? item['name'] : item)} must now be sent`,
  )
  const kept = was.flatMap((item, index) => {
    if (!isFields(item)) return is.includes(item) ? [] : [`${at}: ${JSON.stringify(item)} is gone`]
    const place = `${at}[${typeof item['name'] === 'string' ? item['name'] : index}]`
    const fitting = is.filter((other) => !isFields(other) || other['name'] === item['name'])
    const found = fitting.map((other) => findBreaks(item, other, place))
    const [fewest] = found.toSorted((one, other) => one.length - other.length)
    return fewest ?? [`${place}: is gone`]
  })
  return [...demands, ...kept]
}

const body = (schema: object, more: object = {}) => ({
  requestBody: { content: { json: { schema } }, ...more },
})
const asked = {
  type: 'object',
  properties: { n: { type: 'integer', maximum: 10 }, word: { type: 'string' } },
}
const narrowed = (properties: object) =>
  body({ ...asked, properties: { ...asked.properties, ...properties } })

it.each([
  { what: 'a narrower bound', was: body(asked), is: narrowed({ n: { type: 'integer', maximum: 5 } }) },
  {
    what: 'a bound that was none',
    was: body(asked),
    is: narrowed({ n: { type: 'integer', maximum: 10, minimum: 1 } }),
  },
  {
    what: 'words of which a list is made',
    was: body(asked),
    is: narrowed({ word: { type: 'string', enum: ['a'] } }),
  },
  { what: 'a field that must be sent', was: body(asked), is: body({ ...asked, required: ['n'] }) },
  { what: 'a body that must be sent', was: body(asked), is: body(asked, { required: true }) },
  {
    what: 'a field that is gone',
    was: body(asked),
    is: body({ ...asked, properties: { n: asked.properties.n } }),
  },
  {
    what: 'a parameter that must be sent',
    was: { parameters: [{ name: 'a' }] },
    is: { parameters: [{ name: 'a', required: true }] },
  },
  {
    what: 'a new parameter that must be sent',
    was: { parameters: [{ name: 'a' }] },
    is: { parameters: [{ name: 'a' }, { name: 'b', required: true }] },
  },
  {
    what: 'an answer without a field',
    was: { responses: { 200: { properties: { a: { type: 'string' } } } } },
    is: { responses: { 200: { properties: {} } } },
  },
])('$what is a break', ({ was, is }) => {
  expect(findBreaks(was, was, 'post /x')).toEqual([])
  expect(findBreaks(was, is, 'post /x')).toHaveLength(1)
})

it('a wider bound, a field more and better words are none', () => {
  const wider = {
    ...narrowed({ n: { type: 'integer', maximum: 20 }, more: { type: 'string' } }),
    summary: 'Better',
  }
  expect(findBreaks({ ...body(asked), summary: 'Good' }, wider, 'post /x')).toEqual([])
})

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
