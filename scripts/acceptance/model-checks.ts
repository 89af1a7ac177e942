import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { evaluationResult } from '../../src/shared/contract/evaluation.contract.ts'
import { exportResult, modelSummary } from '../../src/shared/contract/model.contract.ts'
import { imagePrediction, predictResponse } from '../../src/shared/contract/prediction.contract.ts'
import { purpose } from '../../src/shared/contract/purpose.contract.ts'
import { trainResult, type TrainResult } from '../../src/shared/contract/run.contract.ts'
import { require } from './checklist.ts'
import type { AcceptanceOptions } from './options.ts'
import type { Site } from './import-checks.ts'
import { runOracle } from './split-checks.ts'

export interface TrainingPlan {
  readonly project: string
  readonly split: string
  readonly argv: readonly string[]
}

const readAccuracy = ({ validation }: TrainResult, task: 'race' | 'gender' | 'age'): number =>
  validation[task]?.accuracy.value ?? 0

const describe = (result: TrainResult): string =>
  `race ${(readAccuracy(result, 'race') * 100).toFixed(1)} %, gender ${(readAccuracy(result, 'gender') * 100).toFixed(1)} %, ` +
  `age ${(readAccuracy(result, 'age') * 100).toFixed(1)} %, ${result.imagesPerSecond.toFixed(0)} images/s, ${Math.round(result.seconds)} s`

const train = ({ product }: Site, { project, split, argv }: TrainingPlan): Promise<TrainResult> =>
  product.run(trainResult, ['train', '--split', split, ...argv, '--project', project])

export async function checkShortTraining(site: Site, plan: TrainingPlan): Promise<TrainResult | null> {
  return site.checks.check('A short training: ends, learns, measures', async () => {
    const result = await train(site, plan)
    require(result.modelId > 0 && readAccuracy(result, 'gender') > 0.5, describe(result))
    return { detail: describe(result), value: result }
  })
}

export async function checkSameSeed(site: Site, plan: TrainingPlan): Promise<void> {
  await site.checks.check('The same seed: the same weights, bit for bit', async () => {
    const ids = [(await train(site, plan)).modelId, (await train(site, plan)).modelId]
    const models = await site.product.run(z.array(modelSummary), ['models', '--project', plan.project])
    const hashes = ids.map((id) => models.find((model) => model.id === id)?.weightsSha256)
    require(hashes[0] !== undefined && hashes[0] === hashes[1], hashes.join(' and '))
    return { detail: `weights ${hashes[0]?.slice(0, 12)} twice`, value: null }
  })
}

const thresholds = { gender: 0.84, race: 0.72, age: 0.46 } as const

export async function checkFullTraining(site: Site, plan: TrainingPlan): Promise<TrainResult | null> {
  return site.checks.check('ResNet-18 at 64 px for 18 epochs on UTKFace: above the thresholds', async () => {
    const result = await train(site, plan)
    for (const task of ['gender', 'race', 'age'] as const) {
      require(readAccuracy(result, task) >
        thresholds[task], `${task} is not above ${thresholds[task]}: ${describe(result)}`)
    }
    return { detail: describe(result), value: result }
  })
}

export async function checkEvaluation(
  { checks, product }: Site,
  project: string,
  model: number,
): Promise<void> {
  await checks.check('Evaluation: every figure with n and interval, races apart', async () => {
    const { tasks } = await product.run(evaluationResult, [
      'evaluate',
      '--model',
      String(model),
      '--project',
      project,
    ])
    const races = tasks.gender?.byGroup.filter(({ grouping }) => grouping === 'race') ?? []
    require(races.length > 1, `gender is told for ${races.length} races`)
    for (const { value, low, high, n, group } of races) {
      require(n === 0 ||
        (value !== null &&
          low !== null &&
          high !== null &&
          low <= value &&
          value <= high), `${group} has no interval`)
    }
    return { detail: races.map(({ group, n }) => `${group} n = ${n}`).join(', '), value: null }
  })
}

export async function checkExport(
  { checks, product }: Site,
  { project, model, oracles }: { project: string; model: number; oracles: AcceptanceOptions['oracles'] },
): Promise<string | null> {
  const file = join(product.folder, 'model.onnx')
  const exported = await checks.check('Export: parity of logits below 1e-4', async () => {
    const recording = 'purpose record --tasks race --who Acceptance --what Measuring --until 2099-01-31'
    await product.run(purpose, [...recording.split(' '), '--project', project])
    const { parity } = await product.run(exportResult, [
      'export',
      '--purpose',
      '1',
      '--model',
      String(model),
      '--out',
      file,
      '--project',
      project,
    ])
    require(parity.maxAbsDifference < 1e-4, `largest difference ${parity.maxAbsDifference}`)
    return {
      detail: `${parity.images} images, largest difference ${parity.maxAbsDifference.toExponential(1)}`,
      value: file,
    }
  })
  if (exported === null || oracles === null) return exported
  await checks.check('The ONNX file in the official checker and Python’s runtime', async () => {
    const answer = z
      .object({ outputs: z.record(z.string(), z.array(z.int())) })
      .parse(JSON.parse(await runOracle(oracles, 'onnx_check.py', [file])))
    return {
      detail: Object.entries(answer.outputs)
        .map(([name, shape]) => `${name} [${shape.join(', ')}]`)
        .join(', '),
      value: null,
    }
  })
  return exported
}

export async function checkPredict({ checks, product }: Site, model: string, image: string): Promise<void> {
  await checks.check('Predict on the command line: labelled probabilities that add up to 1', async () => {
    const [answer] = await product.run(z.array(imagePrediction), ['predict', '--model', model, image])
    const face = answer?.faces[0]
    require(face !== undefined, answer?.error ?? 'no face in the answer')
    for (const task of ['race', 'gender', 'age'] as const) {
      const sum = Object.values(face[task]?.probabilities ?? {}).reduce((total, share) => total + share, 0)
      require(Math.abs(sum - 1) < 1e-3, `${task} adds up to ${sum}`)
    }
    return {
      detail: `race ${face.race?.label}, gender ${face.gender?.label}, age ${face.age?.label}`,
      value: null,
    }
  })
}

interface Served {
  readonly origin: string
  readonly headers: Readonly<Record<string, string>>
}

function upload(
  { origin, headers }: Served,
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Response> {
  const form = new FormData()
  form.set('image', new Blob([bytes]), name)
  return fetch(`${origin}/predict`, { method: 'POST', body: form, headers })
}

const readDocument = (text: string): unknown => JSON.parse(text)

async function checkAnswers(site: Site, served: Served, image: string): Promise<void> {
  const { checks } = site
  await checks.check('POST /predict with a real face', async () => {
    const response = await upload(served, 'face.jpg', new Uint8Array(readFileSync(image)))
    const text = await response.text()
    require(response.status === 200, `${response.status}: ${text}`)
    const { predictions } = predictResponse.parse(readDocument(text))
    const face = predictions[0]?.faces[0]
    require(face?.gender !== undefined && face.gender !== null, text)
    return { detail: `${face.gender.label} ${JSON.stringify(face.gender.probabilities)}`, value: null }
  })
  await checks.check('POST /predict with a text file named .jpg: a clear 4xx', async () => {
    const response = await upload(served, 'notes.jpg', new TextEncoder().encode('not an image'))
    const text = await response.text()
    require(response.status >= 400 && response.status < 500, `${response.status}: ${text}`)
    require(text.includes('notes.jpg'), `the answer does not name the file: ${text}`)
    return { detail: `${response.status}`, value: null }
  })
  await checks.check('/openapi.json: an OpenAPI 3.1 document with /predict', async () => {
    const response = await fetch(`${served.origin}/openapi.json`, { headers: served.headers })
    const text = await response.text()
    require(response.status === 200, `${response.status}: ${text.slice(0, 500)}`)
    const { Validator } = await import('@seriousme/openapi-schema-validator')
    const verdict = await new Validator().validate(
      z.record(z.string(), z.unknown()).parse(readDocument(text)),
    )
    require(verdict.valid, `invalid: ${JSON.stringify(verdict.errors ?? null).slice(0, 1000)}`)
    const document = z
      .object({ openapi: z.string(), paths: z.record(z.string(), z.unknown()) })
      .parse(readDocument(text))
    require('/predict' in document.paths, 'it does not describe /predict')
    return { detail: `${document.openapi}, ${Object.keys(document.paths).length} paths`, value: null }
  })
}

const addresses = z.object({ token: z.string(), origin: z.string() })

/** Waits for the one document that `serve --json` prints as soon as it listens. */
function readAddresses(stdout: NodeJS.ReadableStream): Promise<z.infer<typeof addresses>> {
  return new Promise((resolve, reject) => {
    let text = ''
    stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      if (text.trimEnd().endsWith('}')) resolve(addresses.parse(JSON.parse(text)))
    })
    stdout.once('end', () => reject(new Error(`serve ended early: ${text}`)))
  })
}

export async function checkService(
  site: Site,
  { project, image }: { project: string; image: string },
): Promise<void> {
  const key = 'acceptance-key-0123456789'
  const keyFile = join(site.product.folder, 'key.txt')
  writeFileSync(keyFile, key)
  const server = site.product.start([
    'serve',
    '--port',
    '0',
    '--api-key-file',
    keyFile,
    '--json',
    '--project',
    project,
  ])
  try {
    const { token, origin } = await readAddresses(server.stdout)
    await checkAnswers(site, { origin, headers: { authorization: `Bearer ${token}` } }, image)
    await site.checks.check('POST /predict: the key opens it, nothing does not', async () => {
      const bytes = new Uint8Array(readFileSync(image))
      const withKey = await upload({ origin, headers: { 'x-api-key': key } }, 'face.jpg', bytes)
      const without = await upload({ origin, headers: {} }, 'face.jpg', bytes)
      require(withKey.status === 200 &&
        without.status === 401, `${withKey.status} with, ${without.status} without`)
      return { detail: '200 with the key, 401 without', value: null }
    })
  } finally {
    server.kill('SIGTERM')
  }
}
