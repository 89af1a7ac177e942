import {
  defineChoice,
  defineField,
  readChoice,
  textOf,
  whole,
  type TrainField,
  type TrainFieldGroup,
} from './train-field.ts'

const limitFields: readonly TrainField[] = [
  defineField('clipNorm', { kind: 'optional-number', none: 'No limit', start: 5, step: 0.5, isWhole: false }),
  defineField('averageDecay', {
    kind: 'optional-number',
    none: 'Off',
    start: 0.999,
    step: 0.0005,
    isWhole: false,
  }),
  defineField('patience', { kind: 'optional-number', none: 'Never', start: 5, step: 1, isWhole: true }),
  defineField('checkpointEvery', {
    kind: 'optional-number',
    none: 'Last and best only',
    start: 5,
    step: 1,
    isWhole: true,
  }),
  defineField('seed', whole()),
]

export const limitGroup: TrainFieldGroup = {
  key: 'limits',
  title: 'Limits and checkpoints',
  fields: limitFields,
  digest: (draft) =>
    [
      draft['clipNorm'] === null ? '' : `clip ${textOf(draft['clipNorm'])}`,
      draft['averageDecay'] === null ? '' : 'averaged weights',
      draft['patience'] === null ? '' : `patience ${textOf(draft['patience'])}`,
      `seed ${textOf(draft['seed'])}`,
    ]
      .filter(Boolean)
      .join(' · '),
}

const engineField = defineChoice('engine')
const deviceField = defineChoice('device')
const arithmeticField = defineChoice('arithmetic')

export const engineGroup: TrainFieldGroup = {
  key: 'engine',
  title: 'Engine',
  fields: [engineField, deviceField, arithmeticField],
  digest: (draft) =>
    draft['engine'] === 'auto' && draft['device'] === 'auto' && draft['arithmetic'] === 'auto'
      ? 'automatic'
      : [engineField, deviceField, arithmeticField]
          .map((field) => readChoice(field, draft[field.path]))
          .join(' · '),
}
