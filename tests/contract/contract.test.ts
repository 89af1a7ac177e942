import { isContractProcedure, type AnyContractProcedure } from '@orpc/contract'
import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { filePath } from '#shared/contract/base.contract.ts'
import { contract } from '#shared/contract/contract.ts'
import { errorCodes } from '#shared/contract/errors.ts'
import { createOpenApiDocument } from '../../src/main/hosts/server/openapi-document.ts'

interface Named {
  readonly name: string
  readonly procedure: AnyContractProcedure
}

const procedures: Named[] = Object.entries(contract).flatMap(([feature, group]) =>
  Object.entries(group).flatMap(([verb, procedure]: [string, unknown]) =>
    isContractProcedure(procedure) ? [{ name: `${feature}.${verb}`, procedure }] : [],
  ),
)

const routeOf = ({ procedure }: Named) => procedure['~orpc'].route

const inputs = procedures.flatMap(
  ({
    name,
    procedure: {
      '~orpc': { inputSchema },
    },
  }) =>
    inputSchema instanceof z.ZodType
      ? [{ name, schema: z.toJSONSchema(inputSchema, { io: 'input', unrepresentable: 'any' }) }]
      : [],
)

/** Where an input names a file or a folder, with whether its schema knows. */
function listPaths(schema: unknown, key = ''): { key: string; isPath: boolean }[] {
  if (typeof schema !== 'object' || schema === null) return []
  const { properties, anyOf, items, format } = schema as Record<string, unknown>
  const isNamed = /^(file|folder|path|source|labels|init|detector)$/.test(key)
  // A pattern tells a field of a configuration, a constant no place at all.
  const isText =
    'type' in schema && schema.type === 'string' && !('const' in schema) && !('pattern' in schema)
  return [
    ...(isNamed && isText ? [{ key, isPath: format === 'path' }] : []),
    ...(Array.isArray(anyOf) ? anyOf.flatMap((one) => listPaths(one, key)) : []),
    ...listPaths(items, key),
    // Names of columns are no paths.
    ...Object.entries(properties ?? {}).flatMap(([name, one]) =>
      name === 'columns' ? [] : listPaths(one, name),
    ),
  ]
}

describe('a path in an input', () => {
  const paths = inputs.flatMap(({ name, schema }) => listPaths(schema).map((one) => ({ name, ...one })))

  it('is known as one wherever it stands', () => {
    expect(paths.length).toBeGreaterThan(12)
    expect(paths.filter(({ isPath }) => !isPath).map(({ name, key }) => `${name} ${key}`)).toEqual([])
  })

  it('never holds the character NUL', () => {
    expect(filePath.safeParse('a\0b').success).toBe(false)
    expect(filePath.safeParse('/a/b c.csv').success).toBe(true)
  })
})

describe('every procedure', () => {
  it('is there to be checked', () => {
    expect(procedures.length).toBeGreaterThan(25)
  })

  it('has a route with a summary and a tag', () => {
    const incomplete = procedures.filter((one) => {
      const { method, path, summary, tags } = routeOf(one)
      return [method, path, summary, tags?.[0]].includes(undefined)
    })
    expect(incomplete.map(({ name }) => name)).toEqual([])
  })

  it('has a route of its own', () => {
    const routes = procedures.map((one) => `${routeOf(one).method} ${routeOf(one).path}`)
    expect(routes.filter((route, index) => routes.indexOf(route) !== index)).toEqual([])
  })

  it('declares an output and the closed list of errors', () => {
    const open = procedures.filter(
      ({ procedure: { '~orpc': definition } }) =>
        definition.outputSchema === undefined ||
        Object.keys(definition.errorMap).join() !== errorCodes.join(),
    )
    expect(open.map(({ name }) => name)).toEqual([])
  })
})

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const document = await createOpenApiDocument('1.2.3')
    const validator = new Validator()
    const result = await validator.validate(structuredClone(document))
    expect({ version: validator.version, errors: result.errors ?? [], valid: result.valid }).toEqual({
      version: '3.1',
      errors: [],
      valid: true,
    })
  })

  it('describes every procedure and the serving routes', async () => {
    const { paths } = (await createOpenApiDocument('1.2.3')) as {
      paths: Record<string, Record<string, unknown>>
    }
    const missing = procedures.filter((one) => {
      const { method = '', path = '' } = routeOf(one)
      return paths[`/api${path}`]?.[method.toLowerCase()] === undefined
    })
    expect(missing.map(({ name }) => name)).toEqual([])
    expect(Object.keys(paths)).toEqual(expect.arrayContaining(['/predict', '/model', '/healthz']))
  })
})
