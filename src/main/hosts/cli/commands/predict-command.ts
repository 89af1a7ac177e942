import { statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import * as z from 'zod'
import type { Engine } from '#engine/engine.ts'
import type { PredictModel } from '#engine/learning/models/locate-predict-model.ts'
import type { PredictImage } from '#engine/networks/inference/predictor.ts'
import type { AskedInference } from '#engine/networks/devices/device.service.ts'
import {
  askedFaces,
  inferenceArithmetic,
  inferenceEngine,
  type AskedFaces,
  type ComputedBy,
  type ImagePrediction,
  type PredictResponse,
} from '#shared/contract/prediction.contract.ts'
import type { PurposeId } from '#shared/contract/purpose.contract.ts'
import { errorTable } from '#shared/contract/errors.ts'
import { formatAge, formatShare } from '#shared/domain/format.ts'
import { addressRefusal, isWebAddress } from '#shared/domain/no-network.ts'
import { tasks } from '#shared/domain/tasks.ts'
import { listPredictionRows, predictionColumns } from '#shared/derived/prediction-rows.ts'
import { csvChunks } from '#engine/base/kernel/csv-chunks.ts'
import { writeNewFile } from '#engine/base/kernel/write-new-file.ts'
import { imageExtensions, walkImages } from '#engine/base/media/walk-images.ts'
import type { CommandContext } from '../command-context.ts'
import { escapeName } from '../escape-controls.ts'
import { findProject } from '../find-project.ts'
import { parseFlags, pickByReference, purposeFlag } from '../parse-flags.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { defineCommand } from './define-command.ts'
import { AppError } from '#shared/contract/errors.ts'
import { readRegularFile } from '#engine/base/kernel/regular-file.ts'

const predictFlags = z.object({
  model: z.string().min(1).optional(),
  purpose: purposeFlag.optional(),
  csv: z.string().min(1).optional(),
  faces: askedFaces.default('picture'),
  engine: inferenceEngine.default('auto'),
  arithmetic: inferenceArithmetic.default('auto'),
})

/** So many encoded images are held in memory at once. */
const imagesPerCall = 32

export function addPredictCommand({ program, run }: CommandRegistry): void {
  const predict = defineCommand(
    program,
    'predict <images...>',
    'predict age, gender and race labels of images, or of all images in folders',
  )
    .option('--csv <file>', 'CSV to write: a row for each face, with its labels and their probabilities')
    .option(
      '--model <model>',
      'number or name of a model, or an ONNX file that Evenhand exported (default: the newest model)',
    )
    .option(
      '--faces <faces>',
      'picture: each picture is one face; each: every face in it is found, cut out and answered (default: picture)',
    )
    .option('--engine <engine>', 'auto, onnx or onednn (default: auto, which is ONNX Runtime)')
    .option('--arithmetic <arithmetic>', 'auto, float32 or bf16 (default: auto, which is float32)')
    .option('--purpose <id>', 'recorded purpose under which race is answered (see "evenhand purpose")')
  predict.action((given: string[]) =>
    run(predict, async (context) => {
      const { model: reference, purpose, csv, faces, ...computing } = parseFlags(predictFlags, predict.opts())
      const files = await listFiles(given, context)
      if (purpose !== undefined) await context.openProject()
      const { engine, model } = await openModel(context, reference)
      const purposeId = purpose ?? null
      const answered = await predictFiles({ context, engine, model, files, purposeId, computing, faces })
      const predictions = answered.map(({ answer }) => answer)
      const isAllFailed = predictions.every(({ error }) => error !== undefined)
      const [told] = predictions.flatMap(({ withheld }) => (withheld === undefined ? [] : [withheld.reason]))
      if (told !== undefined) context.note(told)
      const [by] = predictions.flatMap(({ computedBy }) => (computedBy === undefined ? [] : [computedBy]))
      if (by !== undefined) context.note(describeComputing(by))
      if (csv !== undefined) {
        const file = resolve(context.io.workingFolder, csv)
        await writeNewFile(file, csvChunks(predictionColumns, listRows(answered)))
        context.note(`Wrote ${file}`)
      }
      return {
        json: predictions,
        text: predictions.map(describePrediction).join('\n'),
        exitCode: isAllFailed ? errorTable.INVALID_INPUT.exitCode : 0,
      }
    }),
  )
}

/** The files that were named, and in the place of a folder the images below it. */
async function listFiles(given: readonly string[], { io, signal }: CommandContext): Promise<string[]> {
  const files: string[] = []
  for (const name of given) {
    const found = isWebAddress(name)
      ? undefined
      : statSync(resolve(io.workingFolder, name), { throwIfNoEntry: false })
    if (found?.isDirectory() !== true) {
      files.push(name)
      continue
    }
    for await (const { path } of walkImages(resolve(io.workingFolder, name), { signal }))
      files.push(join(name, path))
  }
  if (files.length > 0) return files
  throw new AppError('INVALID_INPUT', `${given.join(', ')} holds no images (${imageExtensions}).`)
}

interface AnsweredImage {
  readonly answer: ImagePrediction
  /** Null for one that could not be read, and so was not asked about. */
  readonly model: PredictResponse['model'] | null
}

async function* listRows(answered: readonly AnsweredImage[]) {
  for (const { answer, model } of answered) yield listPredictionRows(answer, model)
}

/**
 * The engine and the model that a `--model` flag names. A file needs no project, but one that is named, or that the command or the
 * file stands in, is opened: its seals and its access log hold for the file too.
 */
export async function openModel(
  context: CommandContext,
  reference: string | undefined,
): Promise<{ engine: Engine; model: PredictModel }> {
  if (reference !== undefined && isModelFile(reference, context.io.workingFolder)) {
    const onnxFile = resolve(context.io.workingFolder, reference)
    return { engine: await openBeside(context, onnxFile), model: { onnxFile } }
  }
  const { engine, client } = await context.openProject()
  if (reference === undefined) return { engine, model: null }
  return { engine, model: { modelId: pickByReference(await client.model.list(), reference, 'model').id } }
}

async function openBeside(context: CommandContext, onnxFile: string): Promise<Engine> {
  const { workingFolder } = context.io
  const from = [workingFolder, dirname(onnxFile)].find((folder) => findProject(folder) !== null)
  const isInProject = context.projectFlag !== undefined || from !== undefined
  const { engine } = isInProject ? await context.openProject(from) : await context.openEngine()
  return engine
}

/** A name that ends in `.onnx`, or that is no number and leads to a file. */
function isModelFile(reference: string, workingFolder: string): boolean {
  if (reference.toLowerCase().endsWith('.onnx')) return true
  const found = statSync(resolve(workingFolder, reference), { throwIfNoEntry: false })
  return !/^\d+$/.test(reference) && found?.isFile() === true
}

interface PredictFiles {
  readonly context: CommandContext
  readonly engine: Engine
  readonly model: PredictModel
  readonly files: readonly string[]
  readonly purposeId: PurposeId | null
  readonly computing: AskedInference
  readonly faces: AskedFaces
}

const describeComputing = ({ library, arithmetic, instead }: ComputedBy): string =>
  `Computed by ${library} in ${arithmetic}${instead === null ? '' : `, not by oneDNN: ${instead}`}.`

async function predictFiles({
  context,
  engine,
  model,
  files,
  purposeId,
  computing,
  faces,
}: PredictFiles): Promise<AnsweredImage[]> {
  const answers: AnsweredImage[] = []
  for (let from = 0; from < files.length; from += imagesPerCall) {
    context.signal.throwIfAborted()
    const chunk = files.slice(from, from + imagesPerCall)
    const read = await Promise.all(chunk.map((file) => readImage(file, context.io.workingFolder)))
    const images = read.filter((one): one is PredictImage => 'bytes' in one)
    const asker = { kind: 'program', name: 'command line', purposeId } as const
    const {
      model: by,
      predictions,
      purpose,
      withheld,
      computedBy,
    } = await engine.predict(images, model, {
      asker,
      signal: context.signal,
      computing,
      faces,
    })
    const under = {
      ...(purpose && { purpose }),
      ...(withheld && { withheld }),
      ...(computedBy && { computedBy }),
    }
    const predicted = predictions.map((one) => ({ ...one, ...under })).values()
    for (const one of read) {
      if (!('bytes' in one)) answers.push({ answer: one, model: null })
      else {
        const answer = predicted.next().value
        if (answer !== undefined) answers.push({ answer, model: by })
      }
    }
  }
  return answers
}

async function readImage(file: string, workingFolder: string): Promise<PredictImage | ImagePrediction> {
  if (isWebAddress(file)) return { file, faces: [], error: addressRefusal }
  try {
    return { file, bytes: await readRegularFile(resolve(workingFolder, file)) }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const reason =
      error.code === 'NOT_FOUND' ? `${file} could not be read: there is no such file.` : error.message
    return { file, faces: [], error: reason }
  }
}

function describePrediction({ file, faces, error, warning }: ImagePrediction): string {
  if (error !== undefined) return `${escapeName(file)}\n  ${error}`
  const lines = faces.map((face, at) => {
    const answers = tasks
      .flatMap((task) => {
        const answer = face[task]
        if (answer === null) return []
        const years = 'years' in answer ? answer.years : undefined
        const words = years === undefined ? answer.label : formatAge(years, answer.label)
        const { probabilities } = answer
        return [
          `${task} ${words}${probabilities === null ? '' : ` ${formatShare(probabilities[answer.label] ?? 0)}`}`,
        ]
      })
      .join('   ')
    return faces.length > 1 ? `face ${at + 1}   ${answers}` : answers
  })
  const told = warning === undefined ? lines : [...lines, warning]
  return [escapeName(file), ...told.map((line) => `  ${line}`)].join('\n')
}
