import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { hashCanonical } from '#engine/base/kernel/hash.ts'
import { splitId } from '#shared/contract/base.contract.ts'
import { trainConfig } from '#shared/contract/train-config.contract.ts'
import { listChoices } from '#shared/derived/compare-choices.ts'
import { isObject } from '#shared/domain/is-object.ts'
import { choicePaths, trainChoices } from '#shared/contract/train-choices.ts'

const object = z.record(z.string(), z.unknown())
const golden = z
  .object({
    configs: z.array(z.object({ input: object, config: object, sha256: z.string() })),
    refused: z.array(z.object({ input: object, issues: z.array(z.string()) })),
  })
  .parse(
    JSON.parse(readFileSync(new URL('../../../oracles/golden/run-choices.json', import.meta.url), 'utf8')),
  )

const id = splitId.parse(1)

/** The parts that `like` has too: a later version may have more choices. */
function takeParts(value: unknown, like: unknown): unknown {
  if (!isObject(value) || !isObject(like)) return value
  const parts = Object.entries(value).filter(([key]) => Object.hasOwn(like, key))
  return Object.fromEntries(parts.map(([key, part]) => [key, takeParts(part, like[key])]))
}

describe('a configuration', () => {
  it.each(golden.configs)(
    'is what it was in earlier versions, with its hash: $input',
    ({ input, ...known }) => {
      const read = takeParts(trainConfig.parse({ splitId: id, ...input }), known.config)
      expect(JSON.stringify(read)).toBe(JSON.stringify(known.config))
      expect(hashCanonical(read)).toBe(known.sha256)
    },
  )

  it.each(golden.refused)('is refused for the reasons of earlier versions: $input', ({ input, issues }) => {
    const { error } = trainConfig.safeParse({ splitId: id, ...input })
    expect(error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)).toEqual(issues)
  })
})

/** One configuration for each branch of the choices that have kinds. */
const branches = [
  {},
  { age: { target: 'years' } },
  { combination: { kind: 'fixed', weights: {} } },
  { combination: { kind: 'dwa' } },
  { optimiser: { kind: 'sgd' } },
].map((choices) => trainConfig.parse({ splitId: id, ...choices }))

describe('the rows of choices', () => {
  it('are the places of the configuration, in its order, but for what it may leave out', () => {
    const places = branches.map((config) => [...listChoices(config).keys()])
    expect(new Set(places.flat())).toEqual(
      new Set(choicePaths.filter((path) => !['name', 'arithmetic'].includes(path))),
    )
    for (const place of places) expect(choicePaths.filter((path) => place.includes(path))).toEqual(place)
  })

  it('have the default that the configuration has', () => {
    const defaults = Object.assign(
      {},
      ...branches.toReversed().map((one) => Object.fromEntries(listChoices(one))),
    )
    for (const path of choicePaths) {
      if (path === 'splitId' || path === 'name') continue
      expect([path, trainChoices[path].schema.parse(undefined)]).toEqual([path, Reflect.get(defaults, path)])
    }
  })

  it('have words for every value of a closed choice', () => {
    for (const path of choicePaths) {
      const { schema, options }: { readonly schema: z.ZodType; readonly options?: object } =
        trainChoices[path]
      const inner =
        schema instanceof z.ZodDefault || schema instanceof z.ZodOptional ? schema.unwrap() : schema
      const values = inner instanceof z.ZodEnum ? inner.options.map(String) : []
      expect([path, Object.keys(options ?? {}).toSorted()]).toEqual([path, values.toSorted()])
    }
  })

  it('name every kind of the choices that have kinds', () => {
    const { age, combination, optimiser } = trainConfig.shape
    expect(age.unwrap().options.map(({ shape }) => shape.target.value)).toEqual(
      Object.keys(trainChoices['age.target'].options ?? {}),
    )
    expect(new Set(combination.unwrap().options.map(({ shape }) => shape.kind.value))).toEqual(
      new Set(Object.keys(trainChoices['combination.kind'].options ?? {})),
    )
    expect(new Set(optimiser.unwrap().options.map(({ shape }) => shape.kind.value))).toEqual(
      new Set(Object.keys(trainChoices['optimiser.kind'].options ?? {})),
    )
  })

  it('each have a title of their own, and help in whole sentences', () => {
    const rows = choicePaths.map((path) => trainChoices[path])
    expect(new Set(rows.map(({ title }) => title)).size).toBe(rows.length)
    expect(new Set(rows.map(({ help }) => help)).size).toBe(rows.length)
    for (const { title, help } of rows) {
      expect(title.length).toBeGreaterThan(2)
      expect(help).toMatch(/^[A-Z].{20,180}\.$/)
    }
  })
})
