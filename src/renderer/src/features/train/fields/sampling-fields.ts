import { choice, decimal, readChoice, type TrainField, type TrainFieldGroup } from './train-field.ts'

const samplerField: TrainField = {
  path: 'sampler.kind',
  title: 'Sampler',
  help: 'Each image once, or drawn so that rare cells come more often: equally, or half the way there.',
  control: choice({
    shuffle: 'Each image once',
    balanced: 'Balanced',
    'inverse-sqrt': 'Inverse square root',
  }),
}

const samplingFields: readonly TrainField[] = [
  samplerField,
  {
    path: 'sampler.by',
    title: 'Balanced by',
    help: 'What counts as a cell: race, gender and age together, or one of them.',
    control: choice({ cell: 'Race, gender and age', race: 'Race', gender: 'Gender', age: 'Age' }),
    applies: (draft) => draft['sampler.kind'] !== 'shuffle',
  },
  {
    path: 'oversampling',
    title: 'Oversampling',
    help: 'Single classes drawn more often; each repeat is augmented anew.',
    control: { kind: 'oversampling' },
  },
  {
    path: 'augmentation.flip',
    title: 'Random flips',
    help: 'Every second image is mirrored. Faces stay faces, so this is nearly free data.',
    control: { kind: 'switch' },
  },
  {
    path: 'augmentation.crop',
    title: 'Random crops',
    help: 'Shifted by up to a tenth of the side, or a random part of the image brought to size.',
    control: choice({ none: 'None', pad: 'Shifted', resized: 'Random part, resized' }),
  },
  {
    path: 'augmentation.minArea',
    title: 'Smallest part',
    help: 'Smallest share of the area that a random part takes (0.05 to 1).',
    control: decimal(0.05),
    applies: (draft) => draft['augmentation.crop'] === 'resized',
  },
  {
    path: 'augmentation.brightness',
    title: 'Brightness jitter',
    help: 'Brightness is changed by up to this share either way. It also changes how light skin looks.',
    control: decimal(0.05),
  },
  {
    path: 'augmentation.contrast',
    title: 'Contrast jitter',
    help: 'Contrast is changed by up to this share either way.',
    control: decimal(0.05),
  },
  {
    path: 'augmentation.saturation',
    title: 'Saturation jitter',
    help: 'Colourfulness is changed by up to this share either way.',
    control: decimal(0.05),
  },
  {
    path: 'augmentation.erasing',
    title: 'Random erasing',
    help: 'Share of the images in which a rectangle is blanked, so that no single region decides.',
    control: decimal(0.05),
  },
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
