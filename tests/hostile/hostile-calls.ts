import * as z from 'zod'
import { procedures } from '#engine/base/procedures/handlers.ts'
import { oddNumbers, oddText, oddValue } from './odd-values.ts'
import { chance, pick, streamOf, type Random } from './pick.ts'

export interface HostileCall {
  /** `split.create` */
  readonly name: string
  readonly input: unknown
  /** oRPC's own account of types that JSON lacks; mostly empty. */
  readonly meta: unknown
}

const jsonSchema = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  const: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
  minLength: z.int().optional(),
  maxLength: z.int().optional(),
  minItems: z.int().optional(),
  maxItems: z.int().optional(),
  required: z.array(z.string()).optional(),
})
type JsonSchema = z.infer<typeof jsonSchema>

const schemaMap = z.record(z.string(), z.unknown())

interface Described {
  readonly name: string
  readonly schema: JsonSchema | null
}

const described: readonly Described[] = procedures.map(({ noun, verb, procedure }) => {
  const { inputSchema } = procedure['~orpc']
  const schema =
    inputSchema instanceof z.ZodType
      ? jsonSchema.parse(z.toJSONSchema(inputSchema, { io: 'input', unrepresentable: 'any' }))
      : null
  return { name: `${noun}.${verb}`, schema }
})

/** Each begins work of its own, swaps what is open, or measures for seconds: some are enough. */
const costly = new Set([
  'run.start',
  'run.resume',
  'run.sweep',
  'run.resumeSweep',
  'run.continueQueue',
  'run.estimate',
  'crossval.start',
  'crossval.resume',
  'scan.start',
  'embedding.start',
  'map.start',
  'evaluation.create',
  'model.export',
  'job.resume',
  'project.create',
  'project.createSample',
  'project.open',
  'project.close',
  'project.restore',
  'project.backUp',
  'dataset.import',
  'split.create',
])
/** Trains for a minute with a valid input, whatever else it is given. */
const neverValid = new Set(['system.testDevice'])
/** An answer without an end. */
const streams = new Set(['system.events'])

const callable = described.filter(({ name }) => !streams.has(name))
const weighted = callable.flatMap((one) => Array.from({ length: costly.has(one.name) ? 1 : 6 }, () => one))

/** What keeps a call small that is valid: the machine is not what is tested. */
const small: Readonly<Partial<Record<string, unknown>>> = {
  inputSize: 32,
  batchSize: 2,
  accumulate: 1,
  epochs: 1,
  folds: 2,
  engine: 'onnx',
  device: 'cpu',
}

interface Maker {
  readonly random: Random
  /** Odd places of the temporary folder. */
  readonly paths: readonly string[]
  /** Share of leaves that are something else than the schema wants. */
  readonly oddShare: number
  readonly procedure: string
}

const isPathName = (key: string): boolean => /^(file|folder|path|source|labels|init|detector)$/.test(key)

function makeText(schema: JsonSchema, key: string, { random, paths }: Maker): string {
  if (isPathName(key)) return pick(random, paths)
  if (chance(random, 0.3)) return oddText(random)
  const { minLength = 0, maxLength = 40 } = schema
  const length = pick(random, [minLength, minLength + 1, maxLength, maxLength + 1, Math.min(20, maxLength)])
  return pick(random, ['a', 'race', 'Z ', '7']).repeat(Math.max(1, length)).slice(0, length)
}

function makeNumber(schema: JsonSchema, isWhole: boolean, random: Random): number {
  const low = schema.minimum ?? schema.exclusiveMinimum ?? 0
  const high = schema.maximum ?? 2 ** 53 - 1
  if (chance(random, 0.1)) return pick(random, oddNumbers)
  if (!isWhole) return pick(random, [low, high, (low + high) / 2, 0.1, 0.8, 1, 1e-9])
  return pick(random, [low, low + 1, low + 2, Math.min(high, 3), Math.min(high, 10), high])
}

function makeArray(schema: JsonSchema, key: string, maker: Maker, depth: number): unknown[] {
  const { random } = maker
  const { minItems = 0, maxItems = 5 } = schema
  const isLong = chance(random, 0.01)
  const length = isLong
    ? Math.min(maxItems + 1, 15_000)
    : pick(random, [minItems, Math.max(minItems, 1), Math.min(maxItems, minItems + 3)])
  const { items, prefixItems } = schema
  // A tuple names its first elements, and forbids others by `false`.
  const named: readonly unknown[] = Array.isArray(prefixItems) ? prefixItems : []
  const of = (at: number): unknown => named[at] ?? (typeof items === 'object' ? items : {})
  return Array.from({ length: Math.max(length, named.length) }, (_, at) =>
    makeValue(of(at), key, maker, depth + 1),
  )
}

function makeObject(schema: JsonSchema, maker: Maker, depth: number): unknown {
  const { random } = maker
  const made: Record<string, unknown> = {}
  const properties = schemaMap.catch({}).parse(schema['properties'])
  for (const [key, property] of Object.entries(properties)) {
    const isRequired = schema.required?.includes(key) === true
    if (isRequired ? chance(random, maker.oddShare / 4) : chance(random, 0.5)) continue
    made[key] = makeValue(property, key, maker, depth + 1)
  }
  const others = schema['additionalProperties']
  if (typeof others === 'object' && others !== null)
    for (const key of ['age', 'constructor', '1']) made[key] = makeValue(others, key, maker, depth + 1)
  if (chance(random, maker.oddShare)) made[pick(random, ['extra', 'toString', ''])] = oddValue(random)
  return made
}

const isIdName = (key: string): boolean => /(Id|Ids|^id|^images|^a|^b)$/.test(key)

function makeValue(wanted: unknown, key: string, maker: Maker, depth = 0): unknown {
  const { random, oddShare } = maker
  const schema = jsonSchema.parse(wanted)
  if (chance(random, oddShare)) return oddValue(random)
  if (Object.hasOwn(small, key) && !chance(random, oddShare)) return small[key]
  if (key === 'images' && maker.procedure === 'project.createSample') return 100
  const choices = schema['anyOf'] ?? schema['oneOf']
  if (Array.isArray(choices)) return makeValue(pick(random, choices), key, maker, depth + 1)
  if (schema.enum !== undefined) return pick(random, schema.enum)
  if ('const' in schema && schema.const !== undefined) return schema.const
  switch (Array.isArray(schema.type) ? pick(random, schema.type) : schema.type) {
    case 'string':
      return makeText(schema, key, maker)
    case 'integer':
      return isIdName(key) ? pick(random, [1, 1, 2, 3, 50, 2 ** 53 - 1]) : makeNumber(schema, true, random)
    case 'number':
      return makeNumber(schema, false, random)
    case 'boolean':
      return chance(random, 0.5)
    case 'null':
      return null
    case 'array':
      return makeArray(schema, key, maker, depth)
    case 'object':
      return makeObject(schema, maker, depth)
    default:
      // Read from text as well as from a number, such as an id in an address.
      return pick<unknown>(random, [1, 1, '1', 2, 3, 999_999, '1e3', ' 2 ', '0x1'])
  }
}

const hostileMeta: readonly unknown[] = [
  [[1, '__proto__', 'polluted']],
  [[0, 'constructor', 'prototype', 'polluted']],
  [[5, 'filter']],
  [[6, 'filter', 'text']],
  [[7, 'name']],
  [[99, 'filter']],
  [[2, 'images', 'length']],
  'meta',
  [null],
  { length: 1e9 },
]

/** Call number `index` of a seed: of the contract's own form, with something in it that nobody means. */
export function makeHostileCall(seed: number, index: number, paths: readonly string[]): HostileCall {
  const random = streamOf(seed, 'call', index)
  const { name, schema } = pick(random, weighted)
  const oddShare = neverValid.has(name) ? 1 : pick(random, [0, 0, 0.03, 0.1, 0.4])
  const maker: Maker = { random, paths, oddShare, procedure: name }
  const input =
    schema === null ? (chance(random, 0.7) ? undefined : oddValue(random)) : makeValue(schema, '', maker)
  return { name, input, meta: chance(random, 0.02) ? pick(random, hostileMeta) : [] }
}
