import { findAgeReadOut } from '#shared/domain/age-read-out.ts'
import { tasks } from '#shared/domain/tasks.ts'
import type { JobContext } from '#engine/base/jobs/job.ts'
import {
  encodeLabels,
  listSchemeLabels,
  translateLabels,
} from '#engine/networks/architecture/model-labels.ts'
import { applyAgeCap } from '#engine/learning/training/domain/age-cap.ts'
import { planSampling } from '#engine/learning/training/domain/sampling.ts'
import type { RunRow } from './run.repo.ts'
import type { TensorService } from '#engine/networks/tensors/tensor.service.ts'
import type { TrainAssignment } from './train-protocol.ts'
import type { MemberImage } from '#engine/data/members/member-images.ts'
import type { TrainingDataService } from '#engine/learning/training/training-data.service.ts'

interface AssignmentDeps {
  readonly data: TrainingDataService
  readonly tensors: TensorService
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

/** Reads a run's images, decodes what the tensor cache lacks, and packs what its worker needs. */
export async function prepareAssignment(
  run: RunRow,
  { data, tensors, host }: AssignmentDeps,
  { runFolder, work, context, device }: AssignmentOptions,
): Promise<TrainAssignment> {
  const { config, labels } = run
  const { signal, report } = context
  const { labelScheme: scheme } = data.getSplit(config.splitId)
  const offered = listSchemeLabels(scheme)
  const load = async (part: 'train' | 'val'): Promise<readonly MemberImage[]> => {
    if (work === 'keep-best') return []
    return applyAgeCap(await data.listRunImages(run, part, signal), config.ageCap).kept
  }
  const train = await load('train')
  const validation = await load('val')
  const { rows, tensorsFile } = await tensors.prepare([...train, ...validation], {
    inputSize: config.inputSize,
    signal,
    report,
  })
  const pack = (images: readonly MemberImage[], from: number): TrainAssignment['validation'] => {
    const indices = images.map((image) => encodeLabels(image, { labels: offered, scheme }))
    return {
      rows: rows.slice(from, from + images.length),
      labels: Object.fromEntries(
        tasks.map((task) => [task, Int32Array.from(indices, (index) => index[task])]),
      ),
      years: Float32Array.from(images, ({ ageYears }) => ageYears ?? noYears),
    }
  }
  const measured = pack(validation, train.length)
  const hasRaces = measured.labels.race?.some((race) => race >= 0) === true
  const words = train.map((image) => translateLabels(image, scheme))
  const { withReplacement, weights } = planSampling(words, config)
  return {
    runFolder,
    work,
    config: device === undefined ? config : { ...config, device },
    labels,
    tensorsFile,
    checkpointEveryMs,
    races: hasRaces || labels.race !== null ? offered.race : [],
    configHash: run.configHash,
    splitHash: run.splitHash,
    modelName: run.name,
    version: host.version,
    threads: host.cores,
    train: {
      ...keepHeads(pack(train, 0), run),
      sampling: { withReplacement, weights: Float64Array.from(weights) },
    },
    validation: measured,
  }
}

/** A network learns by the labels of its own heads alone; an age in years needs no bins. */
function keepHeads(
  { labels, ...rest }: TrainAssignment['validation'],
  run: RunRow,
): TrainAssignment['validation'] {
  const kept = tasks.filter((task) => run.labels[task] !== null)
  const isNeeded = (task: string): boolean => task !== 'age' || findAgeReadOut(run.config.age) !== 'years'
  return {
    ...rest,
    labels: Object.fromEntries(kept.filter(isNeeded).map((task) => [task, labels[task] ?? new Int32Array()])),
  }
}
