import * as z from 'zod'
import { decimalFlag, integerFlag } from '../parse-flags.ts'

export interface ChoiceFlag {
  /** As commander takes it. */
  readonly flag: string
  /** Where the choice stands in the configuration. */
  readonly path: string
  /** The value is an object whose fields are choices there. */
  readonly isSpread?: true
  readonly read: z.ZodType
  readonly help: string
}

const word = z.string().min(1)
const orNone = (schema: z.ZodType) => z.union([z.literal('none').transform(() => null), schema])
const yes = z.boolean()
const list = word.transform((text) => text.split(',').map((one) => one.trim()))

const pairsPattern = 'must be pairs such as'

/** `age=0.001,gender=1` as an object of numbers. */
const numbersByName = (example: string) =>
  word
    .refine(
      (text) => text.split(',').every((pair) => /^[a-z]+=\d*\.?\d+(e-?\d+)?$/i.test(pair.trim())),
      `${pairsPattern} ${example}`,
    )
    .transform((text) =>
      Object.fromEntries(
        text.split(',').map((pair) => {
          const [name = '', value = ''] = pair.trim().split('=')
          return [name, Number(value)]
        }),
      ),
    )

const oversample = z.array(
  word.regex(/^(age|gender|race)=.+:\d*\.?\d+$/, `${pairsPattern} race=Indian:2`).transform((text) => {
    const task = text.slice(0, text.indexOf('='))
    const rest = text.slice(task.length + 1)
    const colon = rest.lastIndexOf(':')
    return { task, label: rest.slice(0, colon), factor: Number(rest.slice(colon + 1)) }
  }),
)

const ageChoices = {
  bins: { target: 'bins' },
  years: { target: 'years', readOut: 'years' },
  'expected-years': { target: 'years', readOut: 'expected-years' },
} as const
const ageFlag = z
  .enum(['bins', 'years', 'expected-years'], 'must be bins, years or expected-years')
  .transform((kind) => ageChoices[kind])

const jitterFlag = z.union([
  decimalFlag.transform((all) => ({ brightness: all, contrast: all, saturation: all })),
  numbersByName('brightness=0.2,contrast=0.1'),
])

/** One flag per choice of a run. */
export const choiceFlags: readonly ChoiceFlag[] = [
  {
    flag: '--tasks <list>',
    path: 'tasks',
    read: list,
    help: 'heads, joined by commas (default: age,gender,race)',
  },
  { flag: '--arch <arch>', path: 'arch', read: word, help: 'resnet18 or resnet34 (default: resnet18)' },
  {
    flag: '--input <pixels>',
    path: 'inputSize',
    read: integerFlag,
    help: 'side of the square input, a multiple of 32 (default: 64)',
  },
  {
    flag: '--init <weights>',
    path: 'init',
    read: word,
    help: 'random, or a file: .safetensors, .pth, .pt or .onnx (default: random)',
  },
  {
    flag: '--freeze',
    path: 'trainable',
    read: yes.transform((isFrozen) => (isFrozen ? 'heads' : 'all')),
    help: 'train the heads alone on a frozen backbone',
  },
  {
    flag: '--epochs <n>',
    path: 'epochs',
    read: integerFlag,
    help: 'passes over the training part (default: 18)',
  },
  { flag: '--batch <n>', path: 'batchSize', read: integerFlag, help: 'images per batch (default: 64)' },
  {
    flag: '--accumulate <n>',
    path: 'accumulate',
    read: integerFlag,
    help: 'batches whose mean gradient makes one step (default: 1)',
  },
  {
    flag: '--age <kind>',
    path: 'age',
    isSpread: true,
    read: ageFlag,
    help: 'bins, years, or expected-years: the expectation over 0 to 100 (default: bins)',
  },
  {
    flag: '--age-labels <kind>',
    path: 'age.labels',
    read: word,
    help: 'of bins: plain, soft or ordinal (default: plain)',
  },
  {
    flag: '--age-softness <x>',
    path: 'age.softness',
    read: decimalFlag,
    help: 'of soft or ordinal bins (default: 0.5)',
  },
  {
    flag: '--age-loss <loss>',
    path: 'age.loss',
    read: word,
    help: 'of years: l1, l2, huber or cross-entropy (default: l1)',
  },
  {
    flag: '--huber-delta <years>',
    path: 'age.huberDelta',
    read: decimalFlag,
    help: 'years within which huber is quadratic (default: 5)',
  },
  {
    flag: '--combine <how>',
    path: 'combination',
    read: word,
    help: 'of the losses: sum, fixed, uncertainty or dwa (default: sum)',
  },
  {
    flag: '--loss-weights <pairs>',
    path: 'combination.weights',
    read: numbersByName('age=0.001,gender=1'),
    help: 'fixed weights, as in age=0.001,gender=1; means --combine fixed',
  },
  {
    flag: '--dwa-temperature <x>',
    path: 'combination.temperature',
    read: decimalFlag,
    help: 'softness of dwa (default: 2)',
  },
  {
    flag: '--class-weights <how>',
    path: 'classWeights',
    read: word,
    help: 'none, balanced or inverse-sqrt (default: none)',
  },
  {
    flag: '--label-smoothing <x>',
    path: 'labelSmoothing',
    read: decimalFlag,
    help: 'share spread over all classes (default: 0)',
  },
  { flag: '--optimiser <name>', path: 'optimiser', read: word, help: 'sgd, adam or adamw (default: adamw)' },
  { flag: '--momentum <x>', path: 'optimiser.momentum', read: decimalFlag, help: 'of sgd (default: 0.9)' },
  { flag: '--nesterov', path: 'optimiser.nesterov', read: yes, help: "Nesterov's momentum, of sgd" },
  {
    flag: '--beta1 <x>',
    path: 'optimiser.beta1',
    read: decimalFlag,
    help: 'of adam and adamw (default: 0.9)',
  },
  {
    flag: '--beta2 <x>',
    path: 'optimiser.beta2',
    read: decimalFlag,
    help: 'of adam and adamw (default: 0.999)',
  },
  {
    flag: '--epsilon <x>',
    path: 'optimiser.epsilon',
    read: decimalFlag,
    help: 'of adam and adamw (default: 1e-8)',
  },
  {
    flag: '--lr <rate>',
    path: 'learningRate',
    read: decimalFlag,
    help: 'peak learning rate (default: 0.002)',
  },
  {
    flag: '--weight-decay <decay>',
    path: 'weightDecay',
    read: decimalFlag,
    help: 'on kernels and head weights (default: 0.01)',
  },
  { flag: '--decay-all', path: 'decayNormsAndBiases', read: yes, help: 'decay norms and biases too' },
  {
    flag: '--schedule <schedule>',
    path: 'schedule',
    read: word,
    help: 'constant, step, cosine or one-cycle (default: one-cycle)',
  },
  {
    flag: '--warmup <epochs>',
    path: 'warmupEpochs',
    read: decimalFlag,
    help: 'epochs of linear rise before the other schedules (default: 0)',
  },
  {
    flag: '--step-epochs <n>',
    path: 'stepEpochs',
    read: integerFlag,
    help: 'of the step schedule (default: 6)',
  },
  {
    flag: '--step-factor <x>',
    path: 'stepFactor',
    read: decimalFlag,
    help: 'of the step schedule (default: 0.1)',
  },
  {
    flag: '--clip <norm>',
    path: 'clipNorm',
    read: orNone(decimalFlag),
    help: 'largest norm of all gradients (default: none)',
  },
  {
    flag: '--ema <decay>',
    path: 'averageDecay',
    read: orNone(decimalFlag),
    help: 'decay of averaged weights, which become the model (default: none)',
  },
  {
    flag: '--patience <epochs>',
    path: 'patience',
    read: orNone(integerFlag),
    help: 'stop after so many epochs without a better one (default: none)',
  },
  {
    flag: '--sampler <how>',
    path: 'sampler',
    read: word,
    help: 'shuffle, balanced or inverse-sqrt (default: shuffle)',
  },
  {
    flag: '--by <what>',
    path: 'sampler.by',
    read: word,
    help: 'what the sampler balances: cell, age, gender or race (default: cell)',
  },
  {
    flag: '--oversample <class...>',
    path: 'oversampling',
    read: oversample,
    help: 'classes to draw more often, as in race=Indian:2',
  },
  { flag: '--flip', path: 'augmentation.flip', read: yes, help: 'mirror images at random (default)' },
  {
    flag: '--crop <kind>',
    path: 'augmentation.crop',
    read: z.union([z.literal(false).transform(() => 'none'), word]),
    help: 'none, pad or resized (default: pad)',
  },
  {
    flag: '--min-area <share>',
    path: 'augmentation.minArea',
    read: decimalFlag,
    help: 'smallest share that --crop resized takes (default: 0.6)',
  },
  {
    flag: '--jitter <x>',
    path: 'augmentation',
    isSpread: true,
    read: jitterFlag,
    help: 'of colours: one number, or brightness=0.2,contrast=0.1 (default: 0)',
  },
  {
    flag: '--erasing <share>',
    path: 'augmentation.erasing',
    read: decimalFlag,
    help: 'share of images with a rectangle erased (default: 0)',
  },
  {
    flag: '--age-cap <years>',
    path: 'ageCap',
    read: orNone(integerFlag),
    help: 'leave out older people (default: none)',
  },
  {
    flag: '--checkpoint-every <epochs>',
    path: 'checkpointEvery',
    read: orNone(integerFlag),
    help: 'keep a checkpoint every so many epochs (default: none)',
  },
  { flag: '--seed <n>', path: 'seed', read: integerFlag, help: 'seed of every random choice (default: 1)' },
  { flag: '--engine <engine>', path: 'engine', read: word, help: 'auto, onnx or tensorflow (default: auto)' },
  {
    flag: '--device <device>',
    path: 'device',
    read: word,
    help: 'auto, cpu, webgpu, cuda, dml or coreml (default: auto)',
  },
  { flag: '--name <name>', path: 'name', read: word, help: 'name of the run' },
]

/** `weight-decay` */
export const nameOf = ({ flag }: ChoiceFlag): string => flag.split(' ')[0]?.slice(2) ?? ''
/** The same as commander keys it: `weightDecay`. */
export const keyOf = (flag: ChoiceFlag): string =>
  nameOf(flag).replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

/** The path that a flag's name stands for (`lr`: `learningRate`), or the name itself. */
export const resolveChoicePath = (name: string): string =>
  choiceFlags.find((flag) => nameOf(flag) === name)?.path ?? name
