import { resolve } from 'node:path'
import type { RunId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { DataSnapshot } from '#shared/contract/run.contract.ts'
import { bundledInit, isBackbone, seesFaces, type Architecture } from '#shared/domain/architectures.ts'
import type { TrainConfig } from '#shared/contract/train-config.contract.ts'
import { findAgeReadOut } from '#shared/domain/age-read-out.ts'
import { findOrAsk } from '#engine/base/kernel/remember.ts'
import { hashCanonical } from '#engine/base/kernel/hash.ts'
import { planHeads, translateLabels, type HeadPlan } from '#engine/networks/architecture/model-labels.ts'
import { listHeads } from '#engine/learning/models/model-file.ts'
import { describeWeightReport } from '#engine/networks/weights/match-weights.ts'
import type { DescribedDevice, DeviceService } from '#engine/networks/devices/device.service.ts'
import { applyAgeCap, noteAgeCap } from '#engine/learning/training/domain/age-cap.ts'
import { countEpochImages, noteSampling, planSampling } from '#engine/learning/training/domain/sampling.ts'
import { resolveProbe, takeKnownAges } from '#engine/learning/training/domain/resolve-probe.ts'
import { resolveFaceNetwork } from '#engine/learning/training/domain/resolve-face-network.ts'
import { readWeightHash } from '#engine/networks/faces/weight-files.ts'
import { noteFaceless } from '#engine/learning/training/domain/faceless.ts'
import { hashParts } from './hash-parts.ts'
import type { FaceDescriptorService } from './face-descriptors.service.ts'
import type { InspectedWeights } from './initial-weights.ts'
import type { InitialWeightsService } from './initial-weights.service.ts'
import type { MemberImage } from '#engine/data/members/member-images.ts'
import type { TrainingDataService } from '#engine/learning/training/training-data.service.ts'
import type { SplitStandings } from '#engine/data/splits/split-standings.ts'
import type { NetworkSpec } from '#engine/networks/architecture/training-engine.ts'

/** What is trained: a network, or heads on the descriptors of faces. */
type PlannedNetwork = Omit<NetworkSpec, 'arch'> & { readonly arch: Architecture }

/** What a run will be, after a look at its data and its weights file. */
export interface RunPlan {
  /** With engine, device and weights file resolved. */
  readonly config: TrainConfig
  readonly configHash: string
  /** Engine and device by their names. */
  readonly computedBy: DescribedDevice
  readonly split: SplitRow
  readonly network: PlannedNetwork
  readonly labels: HeadPlan['labels']
  readonly counts: { readonly train: number; readonly validation: number }
  /** Images of one epoch, as the sampler draws them. */
  readonly imagesPerEpoch: number
  readonly data: DataSnapshot
  readonly notes: readonly string[]
  readonly weights: InspectedWeights | null
}

interface UsedImages {
  readonly train: readonly MemberImage[]
  readonly validation: readonly MemberImage[]
  readonly data: DataSnapshot
  readonly notes: readonly string[]
}

/** What many plans at once look at only once: a split's images, what curation did to them since, and what a weights file holds. */
export class PlanningMemo {
  readonly used = new Map<string, Promise<UsedImages>>()
  readonly standing = new Map<string, Promise<string[]>>()
  readonly weights = new Map<string, Promise<InspectedWeights>>()
}

/** Images that stand in for the split's own parts. */
export interface GivenImages {
  readonly train: readonly MemberImage[]
  readonly validation: readonly MemberImage[]
  /** What they are, as a sentence about their number begins: "The training part of split A". */
  readonly what: string
  /** Instead of what would be said of missing validation images. */
  readonly notes: readonly string[]
}

export interface PlanOptions {
  readonly signal: AbortSignal
  readonly memo?: PlanningMemo
  readonly images?: GivenImages
}

type SplitRow = ReturnType<TrainingDataService['getSplit']>

/** Looks at data and weights as a run would, before anything is stored or started. */
export class RunPlanService {
  readonly #data: TrainingDataService
  readonly #initialWeights: InitialWeightsService
  readonly #devices: DeviceService
  readonly #standings: SplitStandings
  readonly #faces: FaceDescriptorService

  constructor(deps: {
    data: TrainingDataService
    standings: SplitStandings
    initialWeights: InitialWeightsService
    devices: DeviceService
    faces: FaceDescriptorService
  }) {
    this.#data = deps.data
    this.#initialWeights = deps.initialWeights
    this.#devices = deps.devices
    this.#standings = deps.standings
    this.#faces = deps.faces
  }

  /**
   * @throws AppError NOT_FOUND for an unknown split or weights file, INVALID_INPUT for weights that do not fit,
   *   PRECONDITION for a device that is not offered, a training part smaller than a batch, or one without labels.
   */
  async plan(
    asked: TrainConfig,
    { signal, memo = new PlanningMemo(), images }: PlanOptions,
  ): Promise<RunPlan> {
    const isProbe = !isBackbone(asked.arch)
    const { config: requested, notes: noted } = isProbe
      ? resolveProbe(asked)
      : asItStands(resolveFaceNetwork(asked))
    const init = isOwnFile(requested.init) ? resolve(requested.init) : requested.init
    const resolved = isProbe ? null : await this.#devices.resolve(requested)
    const begun: TrainConfig = { ...requested, init, ...resolved }
    const split = this.#data.getSplit(begun.splitId)
    const given =
      images === undefined
        ? await findOrAsk(memo.used, `${begun.splitId} ${begun.ageCap}`, () =>
            this.#readImages(begun, signal),
          )
        : describeUsed(images, begun)
    const used = seesFaces(asked.arch) ? await this.#keepFaces(given, signal) : given
    const { train, validation } = used
    const { config, notes: ofAge } = isProbe ? takeKnownAges(begun, train) : asItStands(begun)
    const what = images?.what ?? `The training part of split ${split.name}`
    if (!isProbe) checkBatch(train.length, config, what)
    const ageReadOut = findAgeReadOut(config.age)
    const scheme = split.labelScheme
    const { labels, notes } = planHeads(train, {
      scheme,
      tasks: config.tasks,
      ageReadOut,
      isAgeByBins: isProbe,
    })
    checkLabels(labels, split)
    const { arch, inputSize } = config
    const network = { arch, inputSize, heads: listHeads(labels, ageReadOut) }
    const inspect = async (backbone: NetworkSpec) => {
      const task = { file: init, network: { ...backbone, heads: [...backbone.heads] } }
      const ask = () => this.#initialWeights.inspect(task, signal)
      return findOrAsk(memo.weights, JSON.stringify(task), ask)
    }
    const weights = !isOwnFile(init) || !isBackbone(arch) ? null : await inspect({ ...network, arch })
    const overtaken = await findOrAsk(memo.standing, String(split.id), () =>
      this.#standings.note(split, signal),
    )
    const words = train.map((image) => translateLabels(image, scheme))
    return {
      config,
      configHash: hashCanonical(config),
      computedBy: resolved === null ? probeSolver : await this.#devices.describe(resolved),
      split,
      network,
      labels,
      weights,
      counts: { train: train.length, validation: validation.length },
      imagesPerEpoch: countEpochImages(planSampling(words, config)),
      data: used.data,
      notes: [
        ...overtaken,
        ...notes,
        ...used.notes,
        ...noteSampling(words, config),
        ...(isProbe ? [...noteProbe, ...noted, ...ofAge] : noteInit(init, weights)),
        ...(images?.notes ?? noteValidation(validation.length)),
      ],
    }
  }

  /** Puts what was found in the weights file beside the run, which then starts from that file alone. */
  async storeWeights(runId: RunId, { weights }: RunPlan): Promise<void> {
    if (weights !== null) await this.#initialWeights.store(runId, weights)
  }

  /** A face that was not found teaches nothing, and who is left out by that is told. */
  async #keepFaces(used: UsedImages, signal: AbortSignal): Promise<UsedImages> {
    const { train, validation } = used
    const faceless = new Set((await this.#faces.describe([...train, ...validation], signal)).withoutFace)
    const keep = (part: readonly MemberImage[]) => part.filter((image) => !faceless.has(image))
    const kept = { train: keep(train), validation: keep(validation) }
    return {
      ...kept,
      data: hashParts(kept),
      notes: [
        ...used.notes,
        ...noteFaceless(train, faceless, { what: 'training images', fate: 'which teach nothing' }),
        ...noteFaceless(validation, faceless, {
          what: 'validation images',
          fate: 'which the run does not measure; an evaluation answers them by the whole picture and tells both figures',
        }),
      ],
    }
  }

  async #readImages(config: TrainConfig, signal: AbortSignal): Promise<UsedImages> {
    const train = await this.#data.listImages(config.splitId, 'train', signal)
    const validation = await this.#data.listImages(config.splitId, 'val', signal)
    return describeUsed({ train, validation }, config)
  }
}

const asItStands = (config: TrainConfig) => ({ config, notes: [] as string[] })

const probeSolver = { engine: 'Logistic regression by L-BFGS in float64', device: 'CPU, 1 thread' }

const noteProbe = [
  'A probe: heads on the 128 numbers by which a scan describes each face, solved to their one best fit. Batches, epochs, learning rate, augmentation and seed play no part.',
]

function describeUsed(
  images: Pick<GivenImages, 'train' | 'validation'>,
  { ageCap }: TrainConfig,
): UsedImages {
  const train = applyAgeCap(images.train, ageCap)
  const validation = applyAgeCap(images.validation, ageCap)
  return {
    train: train.kept,
    validation: validation.kept,
    data: hashParts({ train: train.kept, validation: validation.kept }),
    notes: noteAgeCap(ageCap, { train: train.leftOut, validation: validation.leftOut }),
  }
}

function checkBatch(images: number, { batchSize }: TrainConfig, what: string): void {
  if (images >= batchSize) return
  throw new AppError(
    'PRECONDITION',
    `${what} has ${images} images, fewer than one batch of ${batchSize}. Use a smaller batch or a larger split.`,
    { details: { images, batchSize } },
  )
}

function checkLabels(labels: HeadPlan['labels'], split: SplitRow): void {
  if (Object.values(labels).some((classes) => classes !== null)) return
  throw new AppError(
    'PRECONDITION',
    `No image of the training part of split ${split.name} has a label for the chosen heads, so there is nothing to learn. Import labels, or choose other heads.`,
    { details: { splitId: split.id } },
  )
}

/** Of what was found elsewhere the run keeps what it is; the other starts are this version's own. */
const isOwnFile = (init: string): boolean => init !== 'random' && init !== bundledInit

function noteInit(init: string, weights: InspectedWeights | null): string[] {
  if (init === bundledInit)
    return [
      `Training starts from the face recognition network that comes with this version (SHA-256 ${readWeightHash('face_recognition')}), its heads from random weights.`,
    ]
  if (weights === null) return ['Training starts from random weights.']
  const { file, sha256, report } = weights
  return [`Training starts from ${file} (SHA-256 ${sha256}).`, ...describeWeightReport(report)]
}

const noteValidation = (images: number): string[] =>
  images > 0
    ? []
    : ['The split has no validation images: nothing is measured, and the last epoch becomes the model.']
