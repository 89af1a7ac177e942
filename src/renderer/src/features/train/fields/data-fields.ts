import { formatTasks } from './field-words.ts'
import { choice, decimal, hasTask, type TrainField, type TrainFieldGroup, textOf } from './train-field.ts'

const dataFields: readonly TrainField[] = [
  {
    path: 'splitId',
    title: 'Split',
    help: 'Its train part teaches and its validation part judges. The test part stays sealed.',
    control: { kind: 'split' },
  },
  {
    path: 'tasks',
    title: 'Heads',
    help: 'What the model learns to predict. A head without any label in the split is left out, with a note.',
    control: { kind: 'tasks' },
  },
  {
    path: 'age.target',
    title: 'Age as',
    help: 'Nine bins are one class each; years give a number. Images labelled with a bin alone cannot teach years.',
    control: choice({ bins: 'Nine bins', years: 'Years' }),
    applies: (draft) => hasTask(draft, 'age'),
  },
  {
    path: 'age.labels',
    title: 'Labels of the bins',
    help: 'Plain: one bin is right. Soft and ordinal also credit the neighbours, so that a near miss costs less.',
    control: choice({ plain: 'Plain', soft: 'Soft (Gaussian)', ordinal: 'Ordinal (by years)' }),
    applies: (draft) => hasTask(draft, 'age') && draft['age.target'] === 'bins',
  },
  {
    path: 'age.softness',
    title: 'Softness',
    help: 'How far credit reaches: in bins for soft labels, in decades for ordinal ones. Larger is more forgiving.',
    control: decimal(0.1),
    applies: (draft) =>
      hasTask(draft, 'age') && draft['age.target'] === 'bins' && draft['age.labels'] !== 'plain',
  },
  {
    path: 'age.readOut',
    title: 'Read-out of years',
    help: 'One number, or the mean over a probability for each year from 0 to 100 (DEX), which tolerates odd labels better.',
    control: choice({ years: 'One number', 'expected-years': 'Mean over 0 to 100 (DEX)' }),
    applies: (draft) => hasTask(draft, 'age') && draft['age.target'] === 'years',
  },
  {
    path: 'ageCap',
    title: 'Oldest age',
    help: 'Older people are left out of training and validation. Results then say nothing about them.',
    control: { kind: 'optional-number', none: 'Everybody', start: 85, step: 1, isWhole: true },
  },
  {
    path: 'name',
    title: 'Name (optional)',
    help: 'What the run is called in tables. Left empty, it gets a number.',
    control: { kind: 'text' },
  },
]

export const dataGroup: TrainFieldGroup = {
  key: 'data',
  title: 'Data and heads',
  fields: dataFields,
  digest: (draft) =>
    [
      formatTasks(draft['tasks']),
      hasTask(draft, 'age') ? (draft['age.target'] === 'bins' ? 'age in bins' : 'age in years') : '',
    ]
      .filter(Boolean)
      .join(' · '),
}

const networkFields: readonly TrainField[] = [
  {
    path: 'arch',
    title: 'Backbone',
    help: 'ResNet-34 has twice the layers of ResNet-18: about twice the time, often a few points better with enough images.',
    control: choice({ resnet18: 'ResNet-18, 11.2 M weights', resnet34: 'ResNet-34, 21.3 M weights' }),
  },
  {
    path: 'inputSize',
    title: 'Input size',
    help: 'Pixels a side, a multiple of 32. Twice the size takes four times as long.',
    control: { kind: 'number', step: 32, isWhole: true },
  },
  {
    path: 'init',
    title: 'Start weights',
    help: 'Random, or a weights file that you have: safetensors, PyTorch (.pth, .pt) or ONNX. After the start the run says which layers matched.',
    control: { kind: 'weights-file' },
  },
  {
    path: 'trainable',
    title: 'What learns',
    help: 'The heads alone learn fast on a frozen backbone, which only makes sense with start weights.',
    control: choice({ all: 'The whole network', heads: 'The heads alone' }),
  },
]

export const networkGroup: TrainFieldGroup = {
  key: 'network',
  title: 'Network and start weights',
  fields: networkFields,
  digest: (draft) =>
    [
      draft['arch'] === 'resnet34' ? 'ResNet-34' : 'ResNet-18',
      `${textOf(draft['inputSize'])} px`,
      draft['init'] === 'random' ? 'random start' : 'from a file',
    ].join(' · '),
}
