import {
  decimal,
  defineChoice,
  defineField,
  readChoice,
  type TrainField,
  type TrainFieldGroup,
} from './train-field.ts'

const samplerField = defineChoice('sampler.kind')

const samplingFields: readonly TrainField[] = [
  samplerField,
  defineChoice('sampler.by', (draft) => draft['sampler.kind'] !== 'shuffle'),
  defineField('oversampling', { kind: 'oversampling' }),
  defineField('augmentation.flip', { kind: 'switch' }),
  defineChoice('augmentation.crop'),
  defineField('augmentation.minArea', decimal(0.05), (draft) => draft['augmentation.crop'] === 'resized'),
  defineField('augmentation.brightness', decimal(0.05)),
  defineField('augmentation.contrast', decimal(0.05)),
  defineField('augmentation.saturation', decimal(0.05)),
  defineField('augmentation.erasing', decimal(0.05)),
]

export const samplingGroup: TrainFieldGroup = {
  key: 'sampling',
  title: 'Sampling and augmentation',
  fields: samplingFields,
  digest: (draft) => {
    const jitters = ['brightness', 'contrast', 'saturation'].map((name) => draft[`augmentation.${name}`])
    return [
      readChoice(samplerField, draft['sampler.kind']),
      draft['augmentation.flip'] === true ? 'flips' : '',
      draft['augmentation.crop'] === 'none' ? '' : 'crops',
      jitters.some((value) => value !== 0) ? 'jitter' : '',
      draft['augmentation.erasing'] === 0 ? '' : 'erasing',
    ]
      .filter(Boolean)
      .join(' · ')
  },
}
