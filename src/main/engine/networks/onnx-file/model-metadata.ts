import * as z from 'zod'
import { AppError } from '#shared/contract/errors.ts'
import { largestInputSize } from '#shared/contract/train-choices.ts'
import { ageReadOuts, type AgeReadOut } from '#shared/domain/age-read-out.ts'
import type { NamedPurpose } from '#shared/contract/purpose.contract.ts'
import type { GuardedTask } from '#shared/domain/guarded-tasks.ts'
import { findStandIn } from '#shared/domain/stand-in.ts'
import { tasks, type Task } from '#shared/domain/tasks.ts'
import { guardedKey, purposeKey, readFilePurpose } from './hand-out.ts'
import { decodeModel } from './graph-builder.ts'
import { preprocessingVersion } from '#engine/networks/architecture/resize-image.ts'

export interface ModelMetadata {
  readonly name: string
  readonly inputSize: number
  /** What decides how a face is cut out, for a network that sees the main face alone; null for one of whole pictures. */
  readonly cropSource: string | null
  /** Class names per task, in the order of the logits; age's are the bins, whatever its head gives. */
  readonly labels: ReadonlyMap<Task, readonly string[]>
  readonly ageReadOut: AgeReadOut
  /** What the file was handed out under, and the tasks that want a purpose; files that were not handed out say nothing. */
  readonly purpose: NamedPurpose | null
  readonly guarded: readonly GuardedTask[]
}

/** What says that a network sees an aligned face, and what decided how it was cut out. */
export const facePreprocessing = 'aligned-face-1'
export const cropSourceKey = 'evenhand.face_source'

/** Names the read-out of the age head in a file; files of older versions lack it and give bins. */
export const ageReadOutKey = 'evenhand.age_read_out'

const labelsJson = z
  .string()
  .transform((text): unknown => JSON.parse(text))
  .pipe(z.partialRecord(z.enum(tasks), z.array(z.string()).min(1)))

/** Race wants a purpose whatever a file says; one of an older version says nothing. */
function readGuarded(text: string | undefined): GuardedTask[] {
  const named = (text ?? '').includes('"gender"')
  return named ? ['race', 'gender'] : ['race']
}

function refuse(file: string, reason: string, cause?: unknown): AppError {
  return new AppError(
    'INVALID_INPUT',
    `${file} is not a model that this version of Evenhand exported: ${reason}. Export the model again, or name another file.`,
    { details: { file }, ...(cause === undefined ? {} : { cause }) },
  )
}

/**
 * What an exported ONNX file says about itself.
 * @throws AppError INVALID_INPUT naming the file and what is missing from it.
 */
export function readModelMetadata(bytes: Uint8Array, file: string): ModelMetadata {
  const standIn = findStandIn(bytes)
  if (standIn !== null)
    throw new AppError('INVALID_INPUT', `${file} is ${standIn.what}: ${standIn.advice}.`, {
      details: { file },
    })
  const entries = new Map<string, string>()
  try {
    for (const { key, value } of decodeModel(bytes).metadataProps) entries.set(key, value)
  } catch (error) {
    throw refuse(file, 'it is no ONNX file', error)
  }
  const read = (key: string): string => {
    const value = entries.get(key)
    if (value === undefined) throw refuse(file, `its metadata has no "${key}"`)
    return value
  }
  const preprocessing = read('evenhand.preprocessing')
  const isOfFaces = preprocessing === facePreprocessing
  if (preprocessing !== preprocessingVersion && !isOfFaces) {
    throw refuse(
      file,
      `it wants the preprocessing "${preprocessing}", and this version has "${preprocessingVersion}"`,
    )
  }
  const inputSize = z.coerce
    .number()
    .int()
    .min(1)
    .max(largestInputSize)
    .safeParse(read('evenhand.input_size'))
  if (!inputSize.success)
    throw refuse(file, `its "evenhand.input_size" is no size of up to ${largestInputSize} pixels`)
  const ageReadOut = z.enum(ageReadOuts).safeParse(entries.get(ageReadOutKey) ?? 'class')
  if (!ageReadOut.success) throw refuse(file, `its "${ageReadOutKey}" is none that this version knows`)
  try {
    const labels = labelsJson.parse(read('evenhand.labels'))
    return {
      name: read('evenhand.name'),
      inputSize: inputSize.data,
      cropSource: isOfFaces ? read(cropSourceKey) : null,
      ageReadOut: ageReadOut.data,
      purpose: readFilePurpose(entries.get(purposeKey)),
      guarded: readGuarded(entries.get(guardedKey)),
      labels: new Map(tasks.flatMap((task) => (labels[task] ? [[task, labels[task]] as const] : []))),
    }
  } catch (error) {
    if (error instanceof AppError) throw error
    throw refuse(file, 'its "evenhand.labels" cannot be read', error)
  }
}
