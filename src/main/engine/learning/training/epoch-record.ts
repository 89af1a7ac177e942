import type { EpochRecord } from '#shared/contract/run.contract.ts'
import { tasks, type Task } from '#shared/domain/tasks.ts'
import type { EpochSums } from './training-progress.ts'
import type { StepResult, TrainBatch } from '#engine/networks/architecture/training-engine.ts'
import type { Validation } from './validate-network.ts'

function countLabelled(task: Task, { labels, years }: TrainBatch, usesYears: boolean): number {
  if (task === 'age' && usesYears) return years?.reduce((n, year) => n + (year >= 0 ? 1 : 0), 0) ?? 0
  return labels.get(task)?.reduce((n, label) => n + (label >= 0 ? 1 : 0), 0) ?? 0
}

const larger = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? (one ?? other) : Math.max(one, other)

/** Adds one batch to what its epoch has added up. */
export function addBatch(
  sums: EpochSums,
  result: StepResult,
  { batch, usesYears, memoryBytes }: { batch: TrainBatch; usesYears: boolean; memoryBytes: number },
): EpochSums {
  const losses = { ...sums.losses }
  const labelled = { ...sums.labelled }
  const lossWeights = { ...sums.lossWeights }
  for (const [task, loss] of result.losses) {
    const count = countLabelled(task, batch, usesYears)
    losses[task] += loss * count
    labelled[task] += count
    lossWeights[task] += result.lossWeights.get(task) ?? 1
  }
  return {
    ...sums,
    loss: sums.loss + result.loss,
    losses,
    labelled,
    lossWeights,
    weighedBatches: sums.weighedBatches + 1,
    gradientNorm: larger(sums.gradientNorm, result.gradientNorm),
    memoryBytes: larger(sums.memoryBytes, memoryBytes),
  }
}

const byTask = (valueOf: (task: Task) => number | null): EpochRecord['trainLosses'] => ({
  age: valueOf('age'),
  gender: valueOf('gender'),
  race: valueOf('race'),
})

/** An epoch's figures from its sums and its validation. */
export function describeEpoch(
  sums: EpochSums,
  measured: Validation,
  facts: {
    epoch: number
    learningRate: number
    batches: number
    batchSize: number
    seconds: number
    isBest: boolean
  },
): EpochRecord {
  const { epoch, learningRate, batches, batchSize, seconds, isBest } = facts
  const { labelled, losses, lossWeights, weighedBatches } = sums
  const isTrained = (task: Task): boolean => labelled[task] > 0
  return {
    epoch,
    learningRate,
    trainLoss: sums.loss / batches,
    trainLosses: byTask((task) => (isTrained(task) ? losses[task] / labelled[task] : null)),
    validationLoss: measured.loss,
    validationLosses: byTask((task) => measured.losses.get(task) ?? null),
    validation: measured.result,
    raceByGroup: measured.raceByGroup,
    byRace: measured.byRace,
    lossWeights:
      weighedBatches === 0
        ? null
        : byTask((task) => (isTrained(task) ? lossWeights[task] / weighedBatches : null)),
    gradientNorm: sums.gradientNorm,
    memoryBytes: sums.memoryBytes,
    seconds,
    feederWaitSeconds: sums.feederWaitSeconds,
    imagesPerSecond: (batches * batchSize) / Math.max(sums.seconds, 1e-6),
    isBest,
  }
}

/** Mean accuracy over the tasks, age by its bins; null when nothing is labelled. */
export function scoreEpoch({ validation }: Pick<EpochRecord, 'validation'>): number | null {
  const values = tasks.flatMap((task) => validation[task]?.accuracy.value ?? [])
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}
