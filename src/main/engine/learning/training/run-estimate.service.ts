import type { SplitId } from '#shared/contract/base.contract.ts'
import { isBackbone } from '#shared/domain/architectures.ts'
import { scoreEpoch } from './epoch-record.ts'
import type { NetworkSpec } from '#engine/networks/architecture/training-engine.ts'
import type { EpochRecord, RunEstimate } from '#shared/contract/run.contract.ts'
import type { TrainConfig } from '#shared/contract/train-config.contract.ts'
import { findAgeReadOut } from '#shared/domain/age-read-out.ts'
import { formatCount } from '#shared/domain/format.ts'
import { findMedian } from '#engine/base/kernel/quantiles.ts'
import { listHeads } from '#engine/learning/models/model-file.ts'
import { costNetwork, countMoments } from '#engine/networks/architecture/network-cost.ts'
import type { RunPlan, RunPlanService } from './run-plan.service.ts'
import type { RunRepo, RunRow } from './run.repo.ts'
import { addUp } from './run.service.ts'

const bytesPerNumber = 4
/** Numbers kept of one convolution's output for the way back: itself, normalised, rectified, and its gradient. */
const copiesOfActivations = 4
/** Node, ONNX Runtime and the decoded batches. */
const processBytes = 250 * 2 ** 20
/** A forward pass takes about a third of a training step: the backward pass is two convolutions for each one. */
const costOfValidation = 1 / 3

interface EarlierRun {
  readonly run: RunRow
  readonly imagesPerSecond: number
  readonly memoryBytes: number | null
}

interface Speed {
  readonly imagesPerSecond: number | null
  readonly basis: string
}

const peakOf = (epochs: readonly EpochRecord[]): number | null =>
  epochs.reduce<number | null>(
    (peak, { memoryBytes }) => (memoryBytes === null ? peak : Math.max(peak ?? 0, memoryBytes)),
    null,
  )

const runsInWords = (count: number): string => (count === 1 ? 'one earlier run' : `${count} earlier runs`)

/** Says before a start what a run will take, from earlier runs of this project where there are any. */
export class RunEstimateService {
  readonly #plans: RunPlanService
  readonly #runs: RunRepo

  constructor(deps: { plans: RunPlanService; runs: RunRepo }) {
    this.#plans = deps.plans
    this.#runs = deps.runs
  }

  /** Throws as a start would. */
  async estimate(
    requested: TrainConfig,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<RunEstimate> {
    const plan = await this.#plans.plan(requested, { signal })
    const { config, counts, imagesPerEpoch } = plan
    const quickLook = this.#lookAtSplit(config.splitId)
    const { arch } = plan.network
    if (!isBackbone(arch)) return { ...estimateProbe(plan, this.#listProbes()), quickLook }
    const network: NetworkSpec = { ...plan.network, arch }
    const earlier = this.#listEarlier(config)
    const { imagesPerSecond, basis } = measureSpeed({ config, network }, earlier)
    const batches = Math.floor(imagesPerEpoch / config.batchSize)
    const images = batches * config.batchSize + counts.validation * costOfValidation
    return {
      images: counts,
      steps: config.epochs * Math.ceil(batches / config.accumulate),
      imagesPerSecond,
      seconds: imagesPerSecond === null ? null : (config.epochs * images) / imagesPerSecond,
      basis,
      ...measureMemory({ config, network }, earlier),
      diskBytes: measureDisk({ config, network, counts }),
      labels: { ...plan.labels },
      isProbe: false,
      quickLook,
      notes: [...plan.notes],
    }
  }

  /** What was measured on a split already, never what might be. */
  #lookAtSplit(splitId: SplitId): RunEstimate['quickLook'] {
    const epochs = this.#runs.epochsByRun()
    const ended = this.#runs.list().flatMap((run) => {
      const done = epochs.get(run.id) ?? []
      const best = done.findLast(({ isBest }) => isBest)
      const isUsed = run.config.splitId === splitId && run.modelId !== null && run.crossvalId === null
      if (!isUsed || best === undefined || scoreEpoch(best) === null) return []
      const { id: runId, name } = run
      const { seconds } = addUp(done)
      return [{ run, best, look: { runId, name, seconds, validation: best.validation } }]
    })
    const probe = ended.find(({ run }) => !isBackbone(run.config.arch))
    const findBest = (isMeant: (config: TrainConfig) => boolean) =>
      ended
        .filter(({ run }) => isMeant(run.config))
        .toSorted((a, b) => (scoreEpoch(b.best) ?? 0) - (scoreEpoch(a.best) ?? 0))[0]?.look ?? null
    return {
      probe: probe?.look ?? null,
      ofFaces: findBest(({ arch }) => arch === 'face-resnet'),
      fromRandom: findBest(({ arch, init }) => isBackbone(arch) && init === 'random'),
    }
  }

  /** Seconds that earlier probes took for each image. */
  #listProbes(): number[] {
    const epochs = this.#runs.epochsByRun()
    return this.#runs.list().flatMap((run) => {
      const { seconds } = addUp(epochs.get(run.id) ?? [])
      const images = run.counts.train + run.counts.validation
      return isBackbone(run.config.arch) || seconds === 0 || images === 0 ? [] : [seconds / images]
    })
  }

  /** Runs with the same engine in the same arithmetic on the same device that have finished an epoch. */
  #listEarlier(planned: TrainConfig): EarlierRun[] {
    const epochs = this.#runs.epochsByRun()
    return this.#runs.list().flatMap((run) => {
      const done = epochs.get(run.id) ?? []
      const { imagesPerSecond } = addUp(done)
      if (!isBackbone(run.config.arch)) return []
      if (imagesPerSecond === null || !isComputedAlike(run.config, planned)) return []
      return [{ run, imagesPerSecond, memoryBytes: peakOf(done) }]
    })
  }
}

/** Runs that say nothing of their arithmetic were computed in float32. */
const isComputedAlike = (one: TrainConfig, other: TrainConfig): boolean =>
  one.engine === other.engine &&
  one.device === other.device &&
  (one.arithmetic ?? 'float32') === (other.arithmetic ?? 'float32')

const sameNetwork =
  ({ arch, inputSize, trainable }: TrainConfig) =>
  ({ run: { config } }: EarlierRun): boolean =>
    config.arch === arch && config.inputSize === inputSize && config.trainable === trainable

/** The descriptor network and the heads, in both formats. */
const probeBytes = 25e6
const bytesPerDescriptor = 128 * 4

function estimateProbe(
  { counts, labels, notes }: RunPlan,
  secondsPerImage: readonly number[],
): Omit<RunEstimate, 'quickLook'> {
  const images = counts.train + counts.validation
  return {
    images: counts,
    steps: Object.values(labels).filter((classes) => classes !== null).length,
    imagesPerSecond: null,
    seconds: secondsPerImage.length === 0 ? null : images * findMedian(secondsPerImage),
    basis:
      secondsPerImage.length === 0
        ? 'A probe takes seconds for thousands of faces; none has been trained in this project yet.'
        : `The median of ${secondsPerImage.length === 1 ? 'one earlier probe' : `${secondsPerImage.length} earlier probes`} of this project.`,
    memoryBytes: processBytes + 3 * images * bytesPerDescriptor,
    memoryBasis: 'Reckoned from the descriptors.',
    diskBytes: probeBytes,
    labels: { ...labels },
    isProbe: true,
    notes: [...notes],
  }
}

interface PlannedBackbone extends Pick<RunPlan, 'config'> {
  readonly network: NetworkSpec
}

function measureSpeed({ config, network }: PlannedBackbone, earlier: readonly EarlierRun[]): Speed {
  const same = earlier.filter(sameNetwork(config))
  if (same.length > 0) {
    return {
      imagesPerSecond: findMedian(same.map(({ imagesPerSecond }) => imagesPerSecond)),
      basis: `The median speed of ${runsInWords(same.length)} of this network and input size on this device.`,
    }
  }
  const others = earlier.filter(({ run }) => run.config.trainable === config.trainable)
  if (others.length === 0) {
    return { imagesPerSecond: null, basis: 'Not known yet: the first steps will tell.' }
  }
  const { multiplyAdds } = costNetwork(network)
  const scaled = others.flatMap(({ run, imagesPerSecond }) => {
    const { arch, inputSize, age } = run.config
    if (!isBackbone(arch)) return []
    const heads = listHeads(run.labels, findAgeReadOut(age))
    return (imagesPerSecond * costNetwork({ arch, inputSize, heads }).multiplyAdds) / multiplyAdds
  })
  return {
    imagesPerSecond: findMedian(scaled),
    basis: `Scaled by multiply-adds from ${runsInWords(others.length)} of another network or input size on this device; may be off by half.`,
  }
}

function measureMemory(
  { config, network }: PlannedBackbone,
  earlier: readonly EarlierRun[],
): Pick<RunEstimate, 'memoryBytes' | 'memoryBasis'> {
  const measured = earlier
    .filter(sameNetwork(config))
    .filter(({ run }) => run.config.batchSize === config.batchSize)
    .flatMap(({ memoryBytes }) => memoryBytes ?? [])
  if (measured.length > 0) {
    return {
      memoryBytes: Math.max(...measured),
      memoryBasis: `The most that ${runsInWords(measured.length)} of this network, input size and batch size took.`,
    }
  }
  const { activations, weights } = costNetwork(network)
  // Weights, gradients and moments, each held once.
  const state = weights * (2 + countMoments(config))
  const held = activations * copiesOfActivations * config.batchSize
  return {
    memoryBytes: processBytes + (state + held) * bytesPerNumber,
    memoryBasis: `Reckoned from ${formatCount(weights)} weights and ${formatCount(activations)} activations per image; no run of this size has been measured yet.`,
  }
}

/** Decoded images, the last checkpoint with its moments, the best, those kept, and the model in both formats. */
function measureDisk({ config, network, counts }: PlannedBackbone & Pick<RunPlan, 'counts'>): number {
  const images = (counts.train + counts.validation) * 3 * config.inputSize ** 2
  const { weights } = costNetwork(network)
  const kept = config.checkpointEvery === null ? 0 : Math.floor(config.epochs / config.checkpointEvery)
  const copies = 1 + countMoments(config) + 1 + kept + 2
  return images + weights * copies * bytesPerNumber
}
