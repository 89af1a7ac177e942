import {
  decimal,
  defineChoice,
  defineField,
  readChoice,
  textOf,
  whole,
  type TrainDraft,
  type TrainField,
  type TrainFieldGroup,
} from './train-field.ts'

const isAdaptive = (draft: TrainDraft) => draft['optimiser.kind'] !== 'sgd'
const isSgd = (draft: TrainDraft) => draft['optimiser.kind'] === 'sgd'
const stepsDown = (draft: TrainDraft) => draft['schedule'] === 'step'

const optimiserField = defineChoice('optimiser.kind')

const optimiserFields: readonly TrainField[] = [
  defineField('epochs', whole()),
  defineField('batchSize', whole(8)),
  defineField('accumulate', whole()),
  optimiserField,
  defineField('optimiser.momentum', decimal(0.05), isSgd),
  defineField('optimiser.nesterov', { kind: 'switch' }, isSgd),
  defineField('optimiser.beta1', decimal(0.01), isAdaptive),
  defineField('optimiser.beta2', decimal(0.001), isAdaptive),
  defineField('optimiser.epsilon', decimal(1e-8), isAdaptive),
  defineField('learningRate', decimal(0.0005)),
  defineChoice('schedule'),
  defineField('warmupEpochs', decimal(0.5), (draft) => draft['schedule'] !== 'one-cycle'),
  defineField('stepEpochs', whole(), stepsDown),
  defineField('stepFactor', decimal(0.05), stepsDown),
  defineField('weightDecay', decimal(0.001)),
  defineField('decayNormsAndBiases', { kind: 'switch' }),
]

export const optimiserGroup: TrainFieldGroup = {
  key: 'optimiser',
  title: 'Optimiser and schedule',
  fields: optimiserFields,
  digest: (draft) =>
    [
      `${textOf(draft['epochs'])} epochs`,
      `batch ${textOf(draft['batchSize'])}`,
      readChoice(optimiserField, draft['optimiser.kind']).replace(' with momentum', ''),
      textOf(draft['learningRate']),
    ].join(' · '),
}
