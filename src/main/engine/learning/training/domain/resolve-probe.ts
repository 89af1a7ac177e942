import type { TrainConfig } from '#shared/contract/train-config.contract.ts'
import { titleOfChoice, trainChoices, type ChoicePath } from '#shared/contract/train-choices.ts'
import { faceSide } from '#shared/domain/architectures.ts'

interface ResolvedProbe {
  readonly config: TrainConfig
  readonly notes: string[]
}

/** A probe is solved on the processor, in float64. */
const probeDevice = { engine: 'onnx', device: 'cpu' } as const

/** Choices that would change what is learned or by what, and that a probe does not follow. */
const unfollowed: readonly (readonly [ChoicePath, (config: TrainConfig) => boolean])[] = [
  ['engine', ({ engine, device }) => engine !== 'auto' && (engine !== 'onnx' || device !== 'cpu')],
  ['device', ({ device }) => device !== 'auto' && device !== 'cpu'],
  ['arithmetic', ({ arithmetic = 'auto' }) => arithmetic !== 'auto'],
  ['init', ({ init }) => init !== 'random'],
  ['age.labels', ({ age }) => age.target === 'bins' && age.labels !== 'plain'],
  ['classWeights', ({ classWeights }) => classWeights !== 'none'],
  ['labelSmoothing', ({ labelSmoothing }) => labelSmoothing !== 0],
  ['sampler.kind', ({ sampler }) => sampler.kind !== 'shuffle'],
  ['oversampling', ({ oversampling }) => oversampling.length > 0],
]

/**
 * A configuration as a probe follows it: solved at once, from every face as it is, with years as an expectation.
 * @returns `notes` name what was chosen otherwise
 */
export function resolveProbe(config: TrainConfig): ResolvedProbe {
  const { age } = config
  const passedOver = unfollowed
    .filter(([, isChosen]) => isChosen(config))
    .map(([path]) => titleOfChoice(path))
  return {
    config: {
      ...config,
      inputSize: faceSide,
      epochs: 1,
      init: 'random',
      age: age.target === 'years' ? { ...age, readOut: 'expected-years' } : { ...age, labels: 'plain' },
      classWeights: 'none',
      labelSmoothing: 0,
      sampler: { ...config.sampler, kind: 'shuffle' },
      oversampling: [],
      ...probeDevice,
      arithmetic: undefined,
    },
    notes:
      passedOver.length === 0
        ? []
        : [`A probe does not follow what was chosen here: ${passedOver.join(', ')}.`],
  }
}

/** Years where they are known; a set that has bins alone still teaches its bins. */
export function takeKnownAges(
  config: TrainConfig,
  images: readonly { readonly ageYears: number | null }[],
): ResolvedProbe {
  if (config.age.target === 'bins' || images.some(({ ageYears }) => ageYears !== null))
    return { config, notes: [] }
  const softness = trainChoices['age.softness'].schema.parse(undefined)
  return {
    config: { ...config, age: { target: 'bins', labels: 'plain', softness } },
    notes: ['No training image has an age in years: the probe learns the nine bins and gives no years.'],
  }
}
