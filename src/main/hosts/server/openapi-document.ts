import { OpenAPIGenerator, type JSONSchema } from '@orpc/openapi'
import { ZodToJsonSchemaConverter } from '@orpc/zod/zod4'
import type * as z from 'zod'
import { contract } from '#shared/contract/contract.ts'
import { askedFaces, predictRequest, predictResponse } from '#shared/contract/prediction.contract.ts'
import { problemContentType, problemDetails } from '../web/problem.ts'

/** A piece of the document; the published types of OpenAPI do not hold under exactOptionalPropertyTypes. */
type Part = Record<string, unknown>

const converter = new ZodToJsonSchemaConverter()

function toSchema(schema: z.ZodType): JSONSchema {
  const [, converted] = converter.convert(schema, { strategy: 'output' })
  return converted
}

/** OpenAPI 3.1 of everything the server answers: the contract under `/api`, and the serving routes. */
export async function createOpenApiDocument(version: string): Promise<Part> {
  const generator = new OpenAPIGenerator({ schemaConverters: [converter] })
  const document = await generator.generate(contract, {
    info: {
      title: 'Evenhand',
      version,
      description:
        'Labels are what annotators wrote, not facts about people. This service measures and reduces disparity; it is not for identifying or sorting individuals.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'The token printed when the server starts.' },
        apiKey: {
          type: 'apiKey',
          in: 'header',
          name: 'X-API-Key',
          description: 'Opens /predict and /model.',
        },
      },
    },
    security: [{ token: [] }],
    customErrorResponseBodySchema: () => toSchema(problemDetails),
  })
  // The generator leaves keys without a value, which only JSON drops.
  const plain: Part = JSON.parse(JSON.stringify(document))
  return { ...plain, paths: { ...nameApiPaths(document.paths ?? {}), ...servingPaths() } }
}

/** The contract's paths as the server has them: under `/api`, with failures as problem documents. */
function nameApiPaths(paths: object): Part {
  const text = JSON.stringify(paths, (key, value: unknown) =>
    /^[45]\d\d$/.test(key) ? nameProblem(value) : value,
  )
  const plain: Part = JSON.parse(text)
  return Object.fromEntries(Object.entries(plain).map(([path, item]) => [`/api${path}`, item]))
}

function nameProblem(response: unknown): unknown {
  if (!isPart(response) || !isPart(response['content'])) return response
  return { ...response, content: { [problemContentType]: response['content']['application/json'] } }
}

function isPart(value: unknown): value is Part {
  return typeof value === 'object' && value !== null
}

const json = (schema: JSONSchema): Part => ({ 'application/json': { schema } })

function problemResponses(...statuses: readonly (readonly [number, string])[]): Part {
  const content = { [problemContentType]: { schema: toSchema(problemDetails) } }
  return Object.fromEntries(
    statuses.map(([status, description]) => [String(status), { description, content }]),
  )
}

function servingPaths(): Part {
  const security: Part[] = [{ apiKey: [] }, { token: [] }]
  const form: JSONSchema = {
    type: 'object',
    properties: {
      image: {
        type: 'array',
        items: { type: 'string', contentMediaType: 'application/octet-stream' },
        description: 'One or several image files.',
      },
      model: { type: 'integer', minimum: 1 },
      faces: {
        type: 'string',
        enum: [...askedFaces.options],
        description: 'Each picture as one face, or each face in it for itself.',
      },
    },
    required: ['image'],
  }
  return {
    '/predict': {
      post: {
        operationId: 'predict',
        summary: 'Predict age, gender and race labels for face images',
        tags: ['serving'],
        security,
        requestBody: {
          required: true,
          content: {
            'multipart/form-data': { schema: form },
            'application/json': { schema: toSchema(predictRequest) },
          },
        },
        responses: {
          '200': {
            description:
              'A prediction for each image, in their order; one that could not be read has an error instead. Tasks that want a ' +
              'purpose are null where none was recorded and named, and `withheld` says so.',
            content: json(toSchema(predictResponse)),
          },
          ...problemResponses(
            [400, 'Not one image could be read, or the request is malformed'],
            [401, 'No key and no token'],
            [404, 'No such model'],
            [413, 'An image or the request is too large'],
            [429, 'Too many requests'],
            [503, 'Too many requests are waiting'],
          ),
        },
      },
    },
    '/model': {
      get: {
        operationId: 'model',
        summary: 'The model that /predict uses',
        tags: ['serving'],
        security,
        responses: {
          '200': {
            description: 'Id, name and SHA-256',
            content: json(toSchema(predictResponse.shape.model)),
          },
          ...problemResponses([401, 'No key and no token'], [404, 'There is no model yet']),
        },
      },
    },
    '/healthz': {
      get: {
        operationId: 'health',
        summary: 'Whether the server answers',
        tags: ['serving'],
        security: [],
        responses: {
          '200': {
            description: 'It does',
            content: json({ type: 'object', properties: { status: { const: 'ok' } }, required: ['status'] }),
          },
        },
      },
    },
  }
}
