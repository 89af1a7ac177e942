import { expect, it } from 'vitest'
import { trainConfig } from '#shared/contract/train-config.contract.ts'
import { fillFromPreset, trainPresets } from '#shared/derived/train-presets.ts'
import { noteFaceless } from '#engine/learning/training/domain/faceless.ts'
import { resolveProbe, takeKnownAges } from '#engine/learning/training/domain/resolve-probe.ts'

it('a probe names what was chosen and is not followed, and nothing else', () => {
  const preset = trainPresets.find(({ id }) => id === 'probe')
  if (preset === undefined) throw new Error('There is no preset')
  const plain = trainConfig.parse({ ...fillFromPreset(preset), splitId: 1 })
  expect(resolveProbe(plain)).toEqual({
    config: {
      ...plain,
      inputSize: 150,
      epochs: 1,
      engine: 'onnx',
      device: 'cpu',
      age: trainConfig.shape.age.parse({ target: 'years', readOut: 'expected-years' }),
    },
    notes: [],
  })
  const other = trainConfig.parse({
    splitId: 1,
    arch: 'face-probe',
    engine: 'tensorflow',
    device: 'cuda',
    arithmetic: 'float32',
    init: '/weights.pth',
    age: { target: 'years', readOut: 'years' },
    classWeights: 'balanced',
    sampler: { kind: 'balanced' },
    oversampling: [{ task: 'race', label: 'Indian', factor: 2 }],
    labelSmoothing: 0.1,
  })
  const { config, notes } = resolveProbe(other)
  expect(notes).toEqual([
    'A probe does not follow what was chosen here: Engine, Device, Arithmetic, Start weights, Class weights, Label smoothing, Sampler, Oversampling.',
  ])
  expect(resolveProbe(config).notes).toEqual([])
  expect(trainConfig.parse(config)).toEqual(config)
})

it('a probe gives years where some are known, and else the bins', () => {
  const years = trainConfig.parse({
    splitId: 1,
    arch: 'face-probe',
    age: { target: 'years', readOut: 'expected-years' },
  })
  expect(takeKnownAges(years, [{ ageYears: null }, { ageYears: 31 }])).toEqual({ config: years, notes: [] })
  const { config, notes } = takeKnownAges(years, [{ ageYears: null }])
  expect(config).toEqual({ ...years, age: trainConfig.shape.age.parse({ target: 'bins' }) })
  expect(notes).toEqual([expect.stringMatching(/^No training image has an age in years/)])
})

it('150 pixels are for probes alone', () => {
  const config = { splitId: 1, inputSize: 150 }
  expect(trainConfig.safeParse({ ...config, arch: 'face-probe' }).success).toBe(true)
  expect(trainConfig.safeParse(config).error?.issues).toMatchObject([{ path: ['inputSize'] }])
})

it('images without a face are counted by group, the most burdened first', () => {
  const image = (race: string | null, gender: string) => ({ race, gender })
  const images = [
    image('White', 'Male'),
    image('White', 'Female'),
    image('White', 'Male'),
    image('Black', 'Female'),
    image('Black', 'Male'),
    image(null, 'Female'),
  ]
  const lost = new Set(images.filter((_, at) => at === 0 || at === 3))
  const words = { what: 'images', fate: 'which teach nothing' }
  expect(noteFaceless(images, lost, words)).toEqual([
    'No face was found in 2 of 6 images, which teach nothing; by race: Black 1 of 2 (50.0 %), White 1 of 3 (33.3 %), not labelled 0 of 1 (0.0 %); by gender: Male 1 of 3 (33.3 %), Female 1 of 3 (33.3 %).',
  ])
  expect(noteFaceless(images, new Set(), words)).toEqual([])
})
