import { readFile, rm } from 'node:fs/promises'
import { basename, dirname, extname, join, resolve } from 'node:path'
import * as z from 'zod'
import { modelId, type ModelId } from '#shared/contract/base.contract.ts'
import { purposeId } from '#shared/contract/purpose.contract.ts'
import { seesFaces } from '#shared/domain/architectures.ts'
import type { GuardedTask } from '#shared/domain/guarded-tasks.ts'
import { AppError } from '#shared/contract/errors.ts'
import { parity as parityShape, type ExportResult, type Parity } from '#shared/contract/model.contract.ts'
import type { JobContext, JobHandler } from '#engine/base/jobs/job.ts'
import { hasSameContent, writeFileAtomically } from '#engine/base/kernel/atomic-file.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { writeNewFile } from '#engine/base/kernel/write-new-file.ts'
import { mapSystemError } from '#engine/base/kernel/system-error.ts'
import { assertUnchanged } from '#engine/base/integrity/refuse-changed.ts'
import type { StoredFiles } from '#engine/base/integrity/stored-files.ts'
import type { ImageCodecName } from '#engine/base/media/image-codec.ts'
import type { RunService } from '#engine/learning/training/run.service.ts'
import type { TensorService } from '#engine/networks/tensors/tensor.service.ts'
import type { TrainingDataService } from '#engine/learning/training/training-data.service.ts'
import { runWorker } from '#engine/base/threads/run-worker.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import { locateCertificate } from '#engine/networks/inference/find-certified-hash.ts'
import { modelAdvice } from '#engine/networks/inference/exported-model.ts'
import type { ParityTask } from '#engine/networks/inference/infer-tasks.ts'
import { listHeads } from '#engine/learning/models/model-file.ts'
import type { TaskDecision } from '#engine/learning/purposes/domain/decide-tasks.ts'
import type { PurposeService } from '#engine/learning/purposes/purpose.service.ts'
import type { HandOutTask } from './hand-out.worker.ts'
import type { ModelService, StoredModel } from '#engine/learning/models/model.service.ts'

const input = z.object({
  modelId,
  file: z.string().min(1),
  /** Of jobs from before purposes: none. */
  purposeId: purposeId.nullable().default(null),
})
type ExportInput = z.infer<typeof input>

interface ExportJobDeps {
  readonly models: ModelService
  readonly runs: Pick<RunService, 'find'>
  readonly data: TrainingDataService
  readonly tensors: TensorService
  readonly purposes: Pick<PurposeService, 'decideExport'>
  readonly storedFiles: StoredFiles
  readonly projectFolder: string
  readonly host: {
    readonly workers: WorkerLocator
    readonly cores: number
    readonly codec: ImageCodecName
  }
}

/** Images compared; all of the validation part where it has fewer. */
const parityImages = 256
/** Above this the file does not answer as the trained model does, and is not handed out. */
const parityLimit = 1e-3
/** The same in years, for models that give years. */
const parityLimitYears = 1e-2

/** Writes the model, its card and its parity certificate, after comparing it with the trainer. */
export function createExportJob(deps: ExportJobDeps): JobHandler<ExportInput, ExportResult> {
  return {
    kind: 'export',
    input,
    changes: ['models', 'project'],
    title: ({ modelId: id }) => `Export ${deps.models.get(id).name}`,
    run: async ({ modelId: id, file, purposeId: under }, context) => {
      const made = deps.models.findExportByJob(context.jobId)
      if (made !== null) return made
      const model = deps.models.locate(id)
      const target = resolve(deps.projectFolder, file)
      context.report({ phase: 'Writing the file', done: 0, total: null })
      const own = hashBytes(await readModelFile(id, model.files.onnx))
      await verifyModel(model, own, deps.storedFiles)
      await using prepared = await prepareFile(model, deps.purposes.decideExport(model.labels, under), {
        deps,
        signal: context.signal,
      })
      const { onnxFile, purpose, withheld } = prepared
      const bytes = await readModelFile(id, onnxFile)
      const sha256 = hashBytes(bytes)
      // Asked before the long comparison, not after it.
      const isExported = await hasSameContent(target, bytes)
      const measured = await measure(model, { deps, context, onnxFile, left: withheld?.tasks ?? [] })
      assertFaithful(id, measured)
      const companions = await describeCompanions(model, target, {
        sha256,
        parity: measured,
        purpose,
        withheld,
      })
      if (isExported) {
        for (const { path, content } of companions) await writeFileAtomically(path, content)
      } else {
        for (const { path, content } of companions) await hasSameContent(path, content)
        await writeNewFile(target, [bytes])
        for (const { path, content } of companions) await writeNewFile(path, [content])
      }
      for (const { path, content } of companions) deps.storedFiles.record(path, hashBytes(content))
      deps.storedFiles.record(target, sha256)
      // All heads were compared with those of the weights.
      if (model.onnxSha256 === null && withheld === null)
        deps.storedFiles.record(model.files.onnx, own, 'vouched')
      const exported = { file: target, sha256, parity: measured, purpose, withheld }
      deps.models.addExport(id, exported, context.jobId)
      return exported
    },
  }
}

interface PreparedFile extends AsyncDisposable, TaskDecision {
  /** What is compared and handed out. */
  readonly onnxFile: string
}

/** What is compared and handed out is made for that, and goes when it has been. */
async function prepareFile(
  { id, files }: StoredModel,
  { guarded, purpose, withheld }: ReturnType<PurposeService['decideExport']>,
  { deps, signal }: { deps: ExportJobDeps; signal: AbortSignal },
): Promise<PreparedFile> {
  const onnxFile = join(deps.projectFolder, 'cache', `export-${id}.onnx`)
  const task: HandOutTask = {
    source: files.onnx,
    target: onnxFile,
    purpose,
    guarded,
    withheld: withheld?.tasks ?? [],
  }
  await runWorker({ workers: deps.host.workers, name: 'hand-out', input: task, result: z.null(), signal })
  return {
    onnxFile,
    purpose,
    withheld,
    [Symbol.asyncDispose]: () => rm(onnxFile, { force: true }),
  }
}

/** Throws CONFLICT naming a file of the model that is no longer what the run wrote. */
async function verifyModel(model: StoredModel, found: string, storedFiles: StoredFiles): Promise<void> {
  const { files, weightsSha256, onnxSha256 } = model
  if (onnxSha256 !== null)
    assertUnchanged({ subject: files.onnx, expected: onnxSha256, found, advice: modelAdvice })
  await storedFiles.verify(files.weights, { expected: weightsSha256, advice: modelAdvice })
  await storedFiles.verify(files.card, { advice: modelAdvice })
}

/** Throws CONFLICT when the file does not answer as the trained model does. */
function assertFaithful(id: number, measured: Parity): void {
  const { images, maxAbsDifference, maxAbsYearsDifference } = measured
  const excess = !(maxAbsDifference <= parityLimit)
    ? `${maxAbsDifference.toPrecision(3)}, more than ${parityLimit}`
    : maxAbsYearsDifference !== null && !(maxAbsYearsDifference <= parityLimitYears)
      ? `${maxAbsYearsDifference.toPrecision(3)} years, more than ${parityLimitYears}`
      : null
  if (excess === null) return
  throw new AppError(
    'CONFLICT',
    `Model ${id} is not exported: over ${images} images its ONNX file differs from the trainer by ${excess}. Train again, or report this as a bug.`,
    { details: { modelId: id, maxAbsDifference, maxAbsYearsDifference } },
  )
}

async function readModelFile(id: ModelId, file: string): Promise<Uint8Array> {
  try {
    return await readFile(file)
  } catch (error) {
    throw explainLoss(id, file, error)
  }
}

function explainLoss(id: ModelId, file: string, error: unknown): unknown {
  const mapped = mapSystemError(error, { action: 'read', path: file })
  if (!(mapped instanceof AppError) || mapped.code !== 'NOT_FOUND') return mapped
  return new AppError('NOT_FOUND', `Model ${id} has lost its file ${file}. Restore it from a backup.`, {
    cause: error,
  })
}

/** `face.onnx` gets `face.card.json` and `face.parity.json` beside it; those of an earlier export are renewed. */
async function describeCompanions(
  model: StoredModel,
  target: string,
  { sha256, parity, purpose, withheld }: Omit<ExportResult, 'file'>,
): Promise<{ path: string; content: Buffer }[]> {
  const stem = join(dirname(target), basename(target, extname(target)))
  const certificate = {
    file: basename(target),
    sha256,
    weightsSha256: model.weightsSha256,
    parity,
    limit: parityLimit,
    purpose,
    withheld,
    ...(parity.maxAbsYearsDifference === null ? {} : { limitYears: parityLimitYears }),
    compared:
      'logits of all heads, and the age in years where the model gives one, from the same image files: the training graph on its tensors beside the exported file on the decoded bytes, preprocessing included',
  }
  return [
    { path: locateCertificate(target), content: Buffer.from(`${JSON.stringify(certificate, null, 2)}\n`) },
    { path: `${stem}.card.json`, content: await readCard(model, { purpose, withheld }) },
  ]
}

async function readCard(
  { files }: StoredModel,
  under: Pick<ExportResult, 'purpose' | 'withheld'>,
): Promise<Buffer> {
  try {
    const bytes = await readFile(files.card)
    if (under.purpose === null && under.withheld === null) return bytes
    const card = z.record(z.string(), z.unknown()).parse(JSON.parse(bytes.toString('utf8')))
    return Buffer.from(`${JSON.stringify({ ...card, ...under }, null, 2)}\n`)
  } catch (error) {
    throw mapSystemError(error, { action: 'read', path: files.card })
  }
}

interface MeasureOptions {
  readonly deps: ExportJobDeps
  readonly context: JobContext
  readonly onnxFile: string
  /** Tasks that the file has no head for. */
  readonly left: readonly GuardedTask[]
}

async function measure(
  model: StoredModel,
  { deps, context, onnxFile, left }: MeasureOptions,
): Promise<Parity> {
  const images = await chooseImages(model, { deps, signal: context.signal })
  const { workers, cores, codec } = deps.host
  const { arch, inputSize, labels, ageReadOut } = model
  const heads = listHeads(labels, ageReadOut)
  const { signal, report: tell } = context
  const view = seesFaces(arch) ? 'face' : 'whole'
  const { rows, tensorsFile, withoutFace } = await deps.tensors.prepare(images, {
    inputSize,
    view,
    signal,
    report: tell,
  })
  const task: ParityTask = {
    onnxFile,
    sha256: null,
    codec,
    threads: cores,
    weightsFile: model.files.weights,
    tensorsFile,
    network: { arch, inputSize, heads },
    compared: heads.map(({ task: head }) => head).filter((head) => !left.some((one) => one === head)),
    images: images.flatMap(({ file }, index) => {
      const row = rows[index]
      return row === undefined || withoutFace.has(index) ? [] : [{ file, row }]
    }),
  }
  const total = task.images.length
  if (total === 0)
    throw new AppError('PRECONDITION', `No face was found in the images to compare model ${model.id} by.`)
  const report = (done: number): void => context.report({ phase: 'Comparing with the trainer', done, total })
  report(0)
  const measured = await runWorker({
    workers,
    name: 'parity',
    input: task,
    result: parityShape,
    signal: context.signal,
    progress: z.object({ imagesDone: z.int() }),
    onProgress: ({ imagesDone }) => report(imagesDone),
  })
  report(total)
  return measured
}

/** Validation images spread evenly over the part; training images where there are no others. */
async function chooseImages(
  model: StoredModel,
  { deps, signal }: { deps: ExportJobDeps; signal: AbortSignal },
) {
  if (model.runId === null)
    throw new AppError('PRECONDITION', `Model ${model.id} comes from no run of this project.`)
  const { splitId } = deps.runs.find(model.runId).config
  const validation = await deps.data.listImages(splitId, 'val', signal)
  const images = validation.length > 0 ? validation : await deps.data.listImages(splitId, 'train', signal)
  if (images.length <= parityImages) return images
  return Array.from(
    { length: parityImages },
    (_, index) => images[Math.floor((index * images.length) / parityImages)],
  ).filter((image) => image !== undefined)
}
