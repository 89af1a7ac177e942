import { findAgeReadOut } from '#shared/domain/age-read-out.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { DataSnapshot } from '#shared/contract/run.contract.ts'
import { seesFaces } from '#shared/domain/architectures.ts'
import { tasks } from '#shared/domain/tasks.ts'
import type { LabelScheme } from '#shared/domain/label-schemes.ts'
import type { JobContext } from '#engine/base/jobs/job.ts'
import { hashCanonical } from '#engine/base/kernel/hash.ts'
import {
  encodeLabels,
  listSchemeLabels,
  translateLabels,
} from '#engine/networks/architecture/model-labels.ts'
import { applyAgeCap } from '#engine/learning/training/domain/age-cap.ts'
import { planSampling } from '#engine/learning/training/domain/sampling.ts'
import type { FaceDescriptorService } from './face-descriptors.service.ts'
import { hashParts } from './hash-parts.ts'
import type { ProbeAssignment } from './probe-protocol.ts'
import type { RunRow } from './run.repo.ts'
import type { TensorService } from '#engine/networks/tensors/tensor.service.ts'
import type { TrainAssignment } from './train-protocol.ts'
import type { MemberImage } from '#engine/data/members/member-images.ts'
import type { TrainingDataService } from '#engine/learning/training/training-data.service.ts'

interface AssignmentDeps {
  readonly data: TrainingDataService
  readonly tensors: TensorService
  readonly faces: FaceDescriptorService
  readonly host: { readonly cores: number; readonly version: string }
}

interface AssignmentOptions {
  readonly runFolder: string
  readonly work: TrainAssignment['work']
  readonly device: TrainAssignment['config']['device'] | undefined
  readonly context: JobContext
}

const checkpointEveryMs = 5 * 60_000
const noYears = -1

/**
 * Reads a run's images, decodes what the tensor cache lacks, and packs what its worker needs. A network of faces is shown no
 * image without one.
 * @throws AppError CONFLICT where they are no longer the images that a run of faces names
 */
export async function prepareAssignment(
  run: RunRow,
  { data, tensors, faces, host }: AssignmentDeps,
  { runFolder, work, context, device }: AssignmentOptions,
): Promise<TrainAssignment> {
  const { config, labels } = run
  const { signal, report } = context
  const { labelScheme: scheme } = data.getSplit(config.splitId)
  const isOfFaces = seesFaces(config.arch)
  const load = async (part: 'train' | 'val'): Promise<readonly MemberImage[]> => {
    if (work === 'keep-best') return []
    const images = applyAgeCap(await data.listRunImages(run, part, signal), config.ageCap).kept
    return isOfFaces ? (await faces.describe(images, signal)).kept : images
  }
  const train = await load('train')
  const validation = await load('val')
  if (isOfFaces && work === 'train') checkSameImages(run, hashParts({ train, validation }))
  const { rows, tensorsFile, withoutFace } = await tensors.prepare([...train, ...validation], {
    inputSize: config.inputSize,
    view: isOfFaces ? 'face' : 'whole',
    signal,
    report,
  })
  if (withoutFace.size > 0) refuseLostFaces([...train, ...validation], withoutFace)
  const pack = (images: readonly MemberImage[], from: number): TrainAssignment['validation'] => ({
    rows: rows.slice(from, from + images.length),
    ...packLabels(images, scheme),
  })
  const measured = pack(validation, train.length)
  const words = train.map((image) => translateLabels(image, scheme))
  const { withReplacement, weights } = planSampling(words, config)
  return {
    runFolder,
    work,
    config: device === undefined ? config : { ...config, device },
    labels,
    tensorsFile,
    checkpointEveryMs,
    races: listRaces(run, measured, scheme),
    configHash: run.configHash,
    splitHash: run.splitHash,
    modelName: run.name,
    recordedEngine: run.engine,
    version: host.version,
    threads: host.cores,
    train: {
      ...keepHeads(pack(train, 0), run),
      sampling: { withReplacement, weights: Float64Array.from(weights) },
    },
    validation: measured,
  }
}

type PackedLabels = Omit<TrainAssignment['validation'], 'rows'>

function packLabels(images: readonly MemberImage[], scheme: LabelScheme): PackedLabels {
  const labels = listSchemeLabels(scheme)
  const indices = images.map((image) => encodeLabels(image, { labels, scheme }))
  return {
    labels: Object.fromEntries(tasks.map((task) => [task, Int32Array.from(indices, (index) => index[task])])),
    years: Float32Array.from(images, ({ ageYears }) => ageYears ?? noYears),
  }
}

/** Races that results are also told by. */
function listRaces({ labels }: RunRow, measured: PackedLabels, scheme: LabelScheme): string[] {
  const hasRaces = measured.labels.race?.some((race) => race >= 0) === true
  return hasRaces || labels.race !== null ? listSchemeLabels(scheme).race : []
}

/**
 * Reads a probe's images and their descriptors; a face that was not found is in neither part.
 * @throws AppError CONFLICT where they are no longer the images that the run names
 */
export async function prepareProbe(
  run: RunRow,
  { data, faces, host }: Pick<AssignmentDeps, 'data' | 'host' | 'faces'>,
  { runFolder, context: { signal } }: Pick<AssignmentOptions, 'runFolder' | 'context'>,
): Promise<ProbeAssignment> {
  const { config, configHash, splitHash, labels, name: modelName } = run
  const { labelScheme: scheme } = data.getSplit(config.splitId)
  const load = async (part: 'train' | 'val') => {
    const images = applyAgeCap(await data.listRunImages(run, part, signal), config.ageCap).kept
    const { kept, descriptors } = await faces.describe(images, signal)
    return { kept, packed: { descriptors, ...packLabels(kept, scheme) } }
  }
  const { kept: taught, packed: train } = await load('train')
  const { kept: measured, packed: validation } = await load('val')
  checkSameImages(run, hashParts({ train: taught, validation: measured }))
  return {
    runFolder,
    config,
    configHash,
    splitHash,
    modelName,
    labels,
    version: host.version,
    races: listRaces(run, validation, scheme),
    train: keepHeads(train, run),
    validation,
  }
}

/** The scan found faces there; black all over, they would teach what nobody looks like. */
function refuseLostFaces(images: readonly MemberImage[], withoutFace: ReadonlySet<number>): never {
  const [first = 0] = withoutFace
  throw new AppError(
    'CONFLICT',
    `No face is found any more in ${withoutFace.size} of ${images.length} images in which a scan found one, ${images[first]?.file ?? ''} among them. Scan the images again (evenhand scan --fresh), then start a new run.`,
    { details: { images: withoutFace.size } },
  )
}

/** A run that waited may find other faces than those it was planned with, and would learn from images that its record does not name. */
function checkSameImages({ id, data, crossvalId }: RunRow, found: DataSnapshot): void {
  if (data === null || hashCanonical(data) === hashCanonical(found)) return
  const anew = crossvalId === null ? 'run' : 'cross-validation'
  throw new AppError(
    'CONFLICT',
    `Start a new ${anew}: faces were looked for anew, or images erased, since run ${id} was planned, and it would learn from other images than it names.`,
    { details: { runId: id } },
  )
}

/** A network learns by the labels of its own heads alone; an age in years needs no bins. */
function keepHeads<Packed extends PackedLabels>({ labels, ...rest }: Packed, run: RunRow) {
  const kept = tasks.filter((task) => run.labels[task] !== null)
  const isNeeded = (task: string): boolean => task !== 'age' || findAgeReadOut(run.config.age) !== 'years'
  return {
    ...rest,
    labels: Object.fromEntries(kept.filter(isNeeded).map((task) => [task, labels[task] ?? new Int32Array()])),
  }
}
