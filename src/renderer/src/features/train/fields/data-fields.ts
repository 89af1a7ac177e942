import { architectureNames } from '#shared/domain/architectures.ts'
import { formatTasks } from './field-words.ts'
import {
  decimal,
  defineChoice,
  defineField,
  hasTask,
  textOf,
  type TrainDraft,
  type TrainField,
  type TrainFieldGroup,
} from './train-field.ts'

const dataFields: readonly TrainField[] = [
  defineField('splitId', { kind: 'split' }),
  defineField('tasks', { kind: 'tasks' }),
  defineChoice('age.target', (draft) => hasTask(draft, 'age')),
  defineChoice('age.labels', (draft) => hasTask(draft, 'age') && draft['age.target'] === 'bins'),
  defineField(
    'age.softness',
    decimal(0.1),
    (draft) => hasTask(draft, 'age') && draft['age.target'] === 'bins' && draft['age.labels'] !== 'plain',
  ),
  defineChoice('age.readOut', (draft) => hasTask(draft, 'age') && draft['age.target'] === 'years'),
  defineField('ageCap', { kind: 'optional-number', none: 'Everybody', start: 85, step: 1, isWhole: true }),
  defineField('name', { kind: 'text' }),
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

const isOfFaces = (draft: TrainDraft): boolean => draft['arch'] === 'face-resnet'

const networkFields: readonly TrainField[] = [
  defineChoice('arch'),
  defineField('inputSize', { kind: 'number', step: 32, isWhole: true }, (draft) => !isOfFaces(draft)),
  defineField('init', { kind: 'weights-file' }),
  defineChoice('trainable'),
]

export const networkGroup: TrainFieldGroup = {
  key: 'network',
  title: 'Network and start weights',
  fields: networkFields,
  digest: (draft) => {
    if (draft['arch'] === 'face-probe') return architectureNames['face-probe']
    if (isOfFaces(draft)) {
      const start = draft['init'] === 'random' ? 'as it comes' : 'from a file'
      return [architectureNames['face-resnet'], start].join(' · ')
    }
    return [
      draft['arch'] === 'resnet34' ? 'ResNet-34' : 'ResNet-18',
      `${textOf(draft['inputSize'])} px`,
      draft['init'] === 'random' ? 'random start' : 'from a file',
    ].join(' · ')
  },
}
