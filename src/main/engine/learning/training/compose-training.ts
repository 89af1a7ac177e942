import { findAgeReadOut } from '#shared/domain/age-read-out.ts'
import { isBackbone } from '#shared/domain/architectures.ts'
import type { EpochRecord } from '#shared/contract/run.contract.ts'
import { ageBinLabels } from '#shared/domain/label-schemes.ts'
import type { Task } from '#shared/domain/tasks.ts'
import { listHeads } from '#engine/learning/models/model-file.ts'
import { buildHeadLoss, countClasses } from '#engine/learning/training/domain/head-loss.ts'
import { weighDynamically } from '#engine/learning/training/domain/loss-weights.ts'
import { findYearsLoss } from '#engine/learning/training/domain/years-loss.ts'
import type { TrainAssignment } from './train-protocol.ts'
import type { CompileOptions, NetworkSpec, Objective } from '#engine/networks/architecture/training-engine.ts'
import type { ValidatedHeads } from './validate-network.ts'

export function describeNetwork({ config, labels }: Pick<TrainAssignment, 'config' | 'labels'>): NetworkSpec {
  const { arch } = config
  if (!isBackbone(arch)) throw new Error('A probe has no network to train')
  return {
    arch,
    inputSize: config.inputSize,
    heads: listHeads(labels, findAgeReadOut(config.age)),
  }
}

/** Class weights come from the training part as it is, before any sampling. */
function describeObjective({ config, labels, train }: TrainAssignment): Objective {
  const { heads } = describeNetwork({ config, labels })
  const losses = heads.map(({ task }) => {
    const classes = labels[task]?.length ?? 0
    const counts = countClasses(train.labels[task] ?? new Int32Array(), classes)
    return [task, buildHeadLoss({ task, counts, config })] as const
  })
  return {
    losses: new Map(losses),
    combination: config.combination.kind === 'uncertainty' ? 'uncertainty' : 'given',
  }
}

/** Everything that an engine must know of a run before its first step. */
export function describeCompilation(assignment: TrainAssignment): CompileOptions {
  const { config, threads } = assignment
  const { batchSize, weightDecay, decayNormsAndBiases, trainable, clipNorm, averageDecay } = config
  return {
    batchSize,
    threads,
    optimiser: { ...config.optimiser, weightDecay, decayNormsAndBiases },
    objective: describeObjective(assignment),
    trainable,
    clipNorm,
    averageDecay,
  }
}

/** Factors of the tasks' losses in the next epoch. The learned ones belong to the engine: none are given then. */
export function weighLosses(
  { config, labels }: Pick<TrainAssignment, 'config' | 'labels'>,
  epochs: readonly EpochRecord[],
): ReadonlyMap<Task, number> {
  const { combination } = config
  const tasks = listHeads(labels, findAgeReadOut(config.age)).map(({ task }) => task)
  switch (combination.kind) {
    case 'sum':
    case 'uncertainty':
      return new Map()
    case 'fixed':
      return new Map(tasks.map((task) => [task, combination.weights[task]]))
    case 'dwa': {
      const { temperature } = combination
      return weighDynamically(
        epochs.map(({ trainLosses }) => trainLosses),
        { tasks, temperature },
      )
    }
    default:
      return combination satisfies never
  }
}

/** How the validation part is measured. */
export function describeValidation(
  assignment: Pick<TrainAssignment, 'config' | 'labels' | 'races'>,
): ValidatedHeads {
  const { config, labels, races } = assignment
  return {
    heads: listHeads(labels, findAgeReadOut(config.age)).map(({ task }) => ({
      task,
      classes: labels[task]?.length ?? ageBinLabels.length,
    })),
    ageReadOut: findAgeReadOut(config.age),
    yearsLoss: findYearsLoss(config.age) ?? { kind: 'l1' },
    lossWeights: config.combination.kind === 'fixed' ? weighLosses(assignment, []) : new Map(),
    races,
  }
}
