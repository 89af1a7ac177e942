import { win32 } from 'node:path'
import type { EpochRecord } from '#shared/contract/run.contract.ts'
import type { TrainConfig } from '#shared/contract/train-config.contract.ts'
import { tasks } from '#shared/domain/tasks.ts'
import type { SummaryValue } from '#engine/networks/tensorboard/event-message.ts'

export const tags = {
  config: 'config',
  sessionStart: '_hparams_/session_start_info',
  sessionEnd: '_hparams_/session_end_info',
  stepLoss: 'loss/train_step',
  epochLoss: 'loss/train',
} as const

export interface DescribedRun {
  readonly name: string
  readonly config: TrainConfig
  readonly configHash: string
  readonly splitHash: string
  readonly engine: string
  readonly labels: unknown
  readonly counts: unknown
}

/** Files by their name alone: where they lie says something about the machine. Windows' rules know both slashes. */
const hideFolder = (value: string): string => (win32.isAbsolute(value) ? win32.basename(value) : value)

function flatten(value: unknown, name: string): [string, string | number | boolean][] {
  if (value === undefined) return []
  if (typeof value === 'string') return [[name, hideFolder(value)]]
  if (typeof value === 'number' || typeof value === 'boolean') return [[name, value]]
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([key, inner]) => flatten(inner, `${name}.${key}`))
  }
  return [[name, value === null ? 'none' : JSON.stringify(value)]]
}

/** The configuration as flat, named choices; the split by its hash, since its number means nothing elsewhere. */
function listHparams({ config, splitHash }: DescribedRun): Record<string, string | number | boolean> {
  const { name: _name, splitId: _splitId, ...choices } = config
  const entries = Object.entries(choices).flatMap(([key, value]) => flatten(value, key))
  return Object.fromEntries([...entries, ['split', splitHash.slice(0, 12)]])
}

/**
 * What stands once at the head of a run: its configuration as text, and the session that the HParams tab lists.
 * No experiment is declared: TensorBoard would take one run's for all, while without it the tab's columns and
 * ranges come from every run in the folder.
 */
export function describeHeader(run: DescribedRun, startSeconds: number): SummaryValue[] {
  const { name, config, configHash, splitHash, engine, labels, counts } = run
  const facts = JSON.stringify(
    { name, config, configHash, splitHash, engine, labels, counts },
    (_, value: unknown) => (typeof value === 'string' ? hideFolder(value) : value),
    2,
  )
  return [
    { kind: 'text', tag: tags.config, text: facts.replaceAll(/^/gm, '    ') },
    { kind: 'sessionStart', tag: tags.sessionStart, hparams: listHparams(run), startSeconds },
  ]
}

export const describeStep = (loss: number): SummaryValue[] => [
  { kind: 'scalar', tag: tags.stepLoss, value: loss, description: 'Training loss of single steps.' },
]

const listScalar = (tag: string, value: number | null | undefined, description: string): SummaryValue[] =>
  value === null || value === undefined ? [] : [{ kind: 'scalar', tag, value, description }]

const capitalise = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)

/** An epoch's figures; what was not measured is left out. Accuracies are shares of the images that carry the label. */
export function describeEpoch(record: EpochRecord): SummaryValue[] {
  const { validation, trainLosses, validationLosses, lossWeights, raceByGroup } = record
  const years = validation.age?.years
  return [
    ...listScalar(tags.epochLoss, record.trainLoss, 'Mean training loss of the epoch.'),
    ...tasks.flatMap((task) =>
      listScalar(`loss/train_${task}`, trainLosses[task], `Mean training loss of the ${task} head.`),
    ),
    ...listScalar('loss/validation', record.validationLoss, 'Loss on the validation part.'),
    ...tasks.flatMap((task) =>
      listScalar(
        `loss/validation_${task}`,
        validationLosses?.[task],
        `The ${task} head on the validation part.`,
      ),
    ),
    ...tasks.flatMap((task) =>
      listScalar(`loss_weight/${task}`, lossWeights?.[task], `Mean factor of the ${task} loss in the epoch.`),
    ),
    ...tasks.flatMap((task) => {
      const accuracy = validation[task]?.accuracy
      return listScalar(`accuracy/${task}`, accuracy?.value, `Validation part, n = ${accuracy?.n ?? 0}.`)
    }),
    ...listScalar('age_years/mae', years?.mae, `Mean absolute error in years, n = ${years?.n ?? 0}.`),
    ...listScalar('age_years/rmse', years?.rmse, 'Root of the mean squared error, in years.'),
    ...listScalar('age_years/bias', years?.bias, 'Mean error in years: above 0, people are taken for older.'),
    ...raceByGroup.flatMap(({ group, accuracy }) =>
      listScalar(
        `race_accuracy/${group}`,
        accuracy.value,
        `Race accuracy on the validation images labelled ${group}, n = ${accuracy.n}.`,
      ),
    ),
    ...record.byRace.flatMap(({ group, ...accuracies }) =>
      (['age', 'gender'] as const).flatMap((task) =>
        listScalar(
          `${task}_accuracy/${group}`,
          accuracies[task]?.value,
          `${capitalise(task)} accuracy on the validation images labelled ${group}, n = ${accuracies[task]?.n ?? 0}.`,
        ),
      ),
    ),
    ...listScalar('gradient_norm', record.gradientNorm, 'Largest norm of all gradients in the epoch.'),
    ...listScalar('learning_rate', record.learningRate, 'Learning rate of the last step of the epoch.'),
    ...listScalar('speed/images_per_second', record.imagesPerSecond, 'Training images, without validation.'),
    ...listScalar('speed/feeder_wait_seconds', record.feederWaitSeconds, 'Waiting for images, per epoch.'),
    ...listScalar('speed/memory_bytes', record.memoryBytes, 'Largest resident memory of the whole process.'),
    ...listScalar('speed/epoch_seconds', record.seconds, 'Whole epoch with its validation.'),
  ]
}
