import {
  choice,
  decimal,
  readChoice,
  whole,
  type TrainDraft,
  type TrainField,
  type TrainFieldGroup,
  textOf,
} from './train-field.ts'

const isAdaptive = (draft: TrainDraft) => draft['optimiser.kind'] !== 'sgd'
const isSgd = (draft: TrainDraft) => draft['optimiser.kind'] === 'sgd'
const stepsDown = (draft: TrainDraft) => draft['schedule'] === 'step'

const optimiserField: TrainField = {
  path: 'optimiser.kind',
  title: 'Optimiser',
  help: 'AdamW is the safe choice. SGD with momentum needs a larger learning rate and a schedule that fits.',
  control: choice({ adamw: 'AdamW', adam: 'Adam', sgd: 'SGD with momentum' }),
}

const scheduleField: TrainField = {
  path: 'schedule',
  title: 'Schedule of the learning rate',
  help: 'How the learning rate changes over the run. One cycle warms up by itself and ends near zero.',
  control: choice({
    'one-cycle': 'One cycle: up, then down',
    cosine: 'Cosine: down from the start',
    step: 'Step: down every few epochs',
    constant: 'Constant',
  }),
}

const optimiserFields: readonly TrainField[] = [
  {
    path: 'epochs',
    title: 'Epochs',
    help: 'How often the network sees the train part. The best epoch on the validation part is kept.',
    control: whole(),
  },
  {
    path: 'batchSize',
    title: 'Batch size',
    help: 'Images a step. Larger batches need more memory and fewer, larger steps.',
    control: whole(8),
  },
  {
    path: 'accumulate',
    title: 'Batches in a step',
    help: 'Gradients of so many batches are averaged before a step: the effect of a large batch in the memory of a small one.',
    control: whole(),
  },
  optimiserField,
  {
    path: 'optimiser.momentum',
    title: 'Momentum',
    help: 'Share of the last step that goes on (below 1).',
    control: decimal(0.05),
    applies: isSgd,
  },
  {
    path: 'optimiser.nesterov',
    title: 'Nesterov',
    help: 'Looks ahead along the momentum before it steps.',
    control: { kind: 'switch' },
    applies: isSgd,
  },
  {
    path: 'optimiser.beta1',
    title: 'Beta 1',
    help: 'How long the mean of the gradients remembers (below 1). 0.9 fits nearly always.',
    control: decimal(0.01),
    applies: isAdaptive,
  },
  {
    path: 'optimiser.beta2',
    title: 'Beta 2',
    help: 'How long the mean of their squares remembers (below 1). 0.999 fits nearly always.',
    control: decimal(0.001),
    applies: isAdaptive,
  },
  {
    path: 'optimiser.epsilon',
    title: 'Epsilon',
    help: 'Keeps steps finite where gradients vanish. Leave it unless a recipe names another.',
    control: decimal(1e-8),
    applies: isAdaptive,
  },
  {
    path: 'learningRate',
    title: 'Learning rate',
    help: 'The highest rate of the run. Too high and the loss jumps or turns NaN; too low and it creeps.',
    control: decimal(0.0005),
  },
  scheduleField,
  {
    path: 'warmupEpochs',
    title: 'Warm-up (epochs)',
    help: 'The rate rises linearly over so many epochs before the schedule begins.',
    control: decimal(0.5),
    applies: (draft) => draft['schedule'] !== 'one-cycle',
  },
  {
    path: 'stepEpochs',
    title: 'Epochs between steps',
    help: 'After so many epochs the rate falls.',
    control: whole(),
    applies: stepsDown,
  },
  {
    path: 'stepFactor',
    title: 'Factor of a step',
    help: 'The rate is multiplied by this each time.',
    control: decimal(0.05),
    applies: stepsDown,
  },
  {
    path: 'weightDecay',
    title: 'Weight decay',
    help: 'Pulls weights towards zero and so works against memorising. 0.01 suits AdamW, 0.0001 to 0.0005 SGD.',
    control: decimal(0.001),
  },
  {
    path: 'decayNormsAndBiases',
    title: 'Decay norms and biases too',
    help: 'Off as a rule: decaying them brings nothing and can hurt. On for recipes that did.',
    control: { kind: 'switch' },
  },
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
