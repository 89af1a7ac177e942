import * as z from 'zod'
import { architectures, faceSide, trainableParts } from '../domain/architectures.ts'
import { splitId, task, filePath } from './base.contract.ts'

export interface FlagSpec {
  /** As the command line takes it: `--epochs <n>`. */
  readonly usage: string
  /** `{values}` stands for the values of a closed choice; the default is told behind it. */
  readonly help: string
  /** What it sets where that is more than this choice. */
  readonly path?: string
  /** The flag has no value to tell a default of. */
  readonly isDefaultQuiet?: true
}

interface ChoiceSpec<Schema extends z.ZodType> {
  /** With its default. */
  readonly schema: Schema
  /** Says by itself what is chosen: it heads columns and lists. */
  readonly title: string
  /** One or two whole sentences for a form. */
  readonly help: string
  /** Words for each value of a closed choice, in the order in which a form offers them. */
  readonly options?: Readonly<Record<Extract<z.output<Schema>, string>, string>>
  /** None where another choice's flag sets it too. */
  readonly flag?: FlagSpec
}

/** Holds the words of a choice to its values. */
const choice = <Schema extends z.ZodType>(spec: ChoiceSpec<Schema>): ChoiceSpec<Schema> => spec

/** Sides of a network's input in pixels. */
export const largestInputSize = 512
export const sideStep = 32

/** A multiple of 32, or the one side of an aligned face. */
const checkSide = ({ value, issues }: z.core.ParsePayload<number>): void => {
  if (value % sideStep === 0 || value === faceSide) return
  issues.push({ code: 'not_multiple_of', divisor: sideStep, input: value })
}

const lossWeight = z.number().nonnegative().max(1e6).default(1)
const beta = z.number().nonnegative().lt(1)
const jitter = z.number().min(0).max(0.9).default(0)
/** One class drawn `factor` times as often; its repeats are augmented anew each time. */
const oversampling = z.strictObject({ task, label: z.string().min(1), factor: z.number().min(1).max(100) })

/**
 * The choices of a run, one row each, by the place in the configuration at which they stand and in its order. The configuration,
 * the form, tables and the command line are made of these rows.
 */
export const trainChoices = {
  splitId: choice({
    schema: splitId,
    title: 'Split',
    help: 'Its train part teaches and its validation part judges. The test part stays sealed.',
  }),
  tasks: choice({
    schema: z.array(task).min(1).max(3).default(['age', 'gender', 'race']),
    title: 'Heads',
    help: 'What the model learns to predict. A head without any label in the split is left out, with a note.',
    flag: { usage: '--tasks <list>', help: 'heads, joined by commas' },
  }),
  arch: choice({
    schema: z.enum(architectures).default('resnet18'),
    title: 'Backbone',
    help: 'ResNet-34 takes twice the time of ResNet-18, often for a few points. The face ResNet knows faces from the start; a probe learns heads alone, in seconds. Both see the faces of a scan.',
    options: {
      resnet18: 'ResNet-18, 11.2 M weights',
      resnet34: 'ResNet-34, 21.3 M weights',
      'face-resnet': 'Face ResNet, 5.6 M weights that know faces',
      'face-probe': 'Probe on face descriptors, 128 numbers a face',
    },
    flag: { usage: '--arch <arch>', help: '{values}' },
  }),
  inputSize: choice({
    schema: z.int().min(32).max(largestInputSize).check(checkSide).default(64),
    title: 'Input size',
    help: `Pixels a side, a multiple of 32; always ${faceSide} for faces. Twice the size takes four times as long.`,
    flag: { usage: '--input <pixels>', help: 'side of the square input, a multiple of 32' },
  }),
  epochs: choice({
    schema: z.int().min(1).max(1000).default(18),
    title: 'Epochs',
    help: 'How often the network sees the train part. The best epoch on the validation part is kept.',
    flag: { usage: '--epochs <n>', help: 'passes over the training part' },
  }),
  batchSize: choice({
    schema: z.int().min(2).max(512).default(64),
    title: 'Batch size',
    help: 'Images a step. Larger batches need more memory and fewer, larger steps.',
    flag: { usage: '--batch <n>', help: 'images per batch' },
  }),
  accumulate: choice({
    schema: z.int().min(1).max(256).default(1),
    title: 'Batches per step',
    help: 'Gradients of so many batches are averaged before a step: the effect of a large batch in the memory of a small one.',
    flag: { usage: '--accumulate <n>', help: 'batches whose mean gradient makes one step' },
  }),
  'age.target': choice({
    schema: z.enum(['bins', 'years']).default('bins'),
    title: 'Age as',
    help: 'Nine bins are one class each; years give a number. Images labelled with a bin alone cannot teach years.',
    options: { bins: 'Nine bins', years: 'Years' },
    flag: {
      usage: '--age <kind>',
      help: 'bins, years, or expected-years: the expectation over 0 to 100',
      path: 'age',
    },
  }),
  /**
   * `soft`: a Gaussian over the bins' indices (Geng 2016). `ordinal`: a softmax of the negative distance in years between the
   * bins' middles, over `softness` decades (Diaz & Marathe 2019).
   */
  'age.labels': choice({
    schema: z.enum(['plain', 'soft', 'ordinal']).default('plain'),
    title: 'Labels of age bins',
    help: 'Plain: one bin is right. Soft and ordinal also credit the neighbours, so that a near miss costs less.',
    options: { plain: 'Plain', soft: 'Soft (Gaussian)', ordinal: 'Ordinal (by years)' },
    flag: { usage: '--age-labels <kind>', help: 'of bins: {values}' },
  }),
  /** `soft`: deviation in bins. `ordinal`: decades over which a wrong bin's weight falls by e. */
  'age.softness': choice({
    schema: z.number().positive().max(5).default(0.5),
    title: 'Softness of age labels',
    help: 'How far credit reaches: in bins for soft labels, in decades for ordinal ones. Larger is more forgiving.',
    flag: { usage: '--age-softness <x>', help: 'of soft or ordinal bins' },
  }),
  'age.readOut': choice({
    schema: z.enum(['years', 'expected-years']).default('years'),
    title: 'Age read-out',
    help: 'One number, or the mean over a probability for each year from 0 to 100 (DEX), which tolerates odd labels better.',
    options: { years: 'One number', 'expected-years': 'Mean over 0 to 100 (DEX)' },
  }),
  /** `cross-entropy` on the whole year needs the read-out `expected-years`. */
  'age.loss': choice({
    schema: z.enum(['l1', 'l2', 'huber', 'cross-entropy']).default('l1'),
    title: 'Age loss',
    help: 'L1 counts every year alike; L2 punishes large errors most; Huber is between; cross-entropy needs the DEX read-out.',
    options: {
      l1: 'L1 (absolute years)',
      l2: 'L2 (squared years)',
      huber: 'Huber',
      'cross-entropy': 'Cross-entropy on the year',
    },
    flag: { usage: '--age-loss <loss>', help: 'of years: {values}' },
  }),
  'age.huberDelta': choice({
    schema: z.number().positive().max(100).default(5),
    title: 'Huber delta (years)',
    help: 'Errors below it count squared, larger ones linearly.',
    flag: { usage: '--huber-delta <years>', help: 'years within which huber is quadratic' },
  }),
  /**
   * `uncertainty`: learned homoscedastic uncertainty (Kendall, Gal & Cipolla 2018). `dwa`: dynamic weight averaging (Liu, Johns &
   * Davison 2019), from the losses' ratio over the last two epochs.
   */
  'combination.kind': choice({
    schema: z.enum(['sum', 'fixed', 'uncertainty', 'dwa']).default('sum'),
    title: 'Loss combination',
    help: 'How the tasks share the network. Years give far larger losses than classes, so a plain sum then serves age first.',
    options: {
      sum: 'Plain sum',
      fixed: 'Fixed weights',
      uncertainty: 'Learned uncertainty weights',
      dwa: 'Dynamic weight averaging',
    },
    flag: { usage: '--combine <how>', help: 'of the losses: {values}', path: 'combination' },
  }),
  'combination.weights.age': choice({
    schema: lossWeight,
    title: 'Loss weight of age',
    help: 'The age loss is multiplied by this; in years, values near 0.001 to 0.1 bring it to the size of the others.',
    flag: {
      usage: '--loss-weights <pairs>',
      help: 'fixed weights, as in age=0.001,gender=1; means --combine fixed',
      path: 'combination.weights',
      isDefaultQuiet: true,
    },
  }),
  'combination.weights.gender': choice({
    schema: lossWeight,
    title: 'Loss weight of gender',
    help: 'The gender loss is multiplied by this.',
  }),
  'combination.weights.race': choice({
    schema: lossWeight,
    title: 'Loss weight of race',
    help: 'The race loss is multiplied by this.',
  }),
  'combination.temperature': choice({
    schema: z.number().positive().max(100).default(2),
    title: 'Temperature of loss weights',
    help: 'Larger values keep the weights nearer to equal; small ones follow the slowest task more.',
    flag: { usage: '--dwa-temperature <x>', help: 'softness of dwa' },
  }),
  /** `balanced`: images / (classes * images of the class). `inverse-sqrt`: its square root, scaled to a mean of 1. */
  classWeights: choice({
    schema: z.enum(['none', 'balanced', 'inverse-sqrt']).default('none'),
    title: 'Class weights',
    help: 'Gives rare classes a larger share of the loss. Balanced counts every class alike; the square root goes half the way.',
    options: { none: 'None', balanced: 'Balanced', 'inverse-sqrt': 'Inverse square root' },
    flag: { usage: '--class-weights <how>', help: '{values}' },
  }),
  labelSmoothing: choice({
    schema: z.number().min(0).max(0.9).default(0),
    title: 'Label smoothing',
    help: 'Share of the label spread over all classes (0 to 0.9). It softens the probabilities and tolerates wrong labels a little.',
    flag: { usage: '--label-smoothing <x>', help: 'share spread over all classes' },
  }),
  'optimiser.kind': choice({
    schema: z.enum(['sgd', 'adam', 'adamw']).default('adamw'),
    title: 'Optimiser',
    help: 'AdamW is the safe choice. SGD with momentum needs a larger learning rate and a schedule that fits.',
    options: { adamw: 'AdamW', adam: 'Adam', sgd: 'SGD with momentum' },
    flag: { usage: '--optimiser <name>', help: '{values}', path: 'optimiser' },
  }),
  'optimiser.momentum': choice({
    schema: beta.default(0.9),
    title: 'Momentum',
    help: 'Share of the last step that goes on (below 1).',
    flag: { usage: '--momentum <x>', help: 'of sgd' },
  }),
  'optimiser.nesterov': choice({
    schema: z.boolean().default(false),
    title: 'Nesterov',
    help: 'Looks ahead along the momentum before it steps.',
    flag: { usage: '--nesterov', help: "Nesterov's momentum, of sgd" },
  }),
  'optimiser.beta1': choice({
    schema: beta.default(0.9),
    title: 'Beta 1',
    help: 'How long the mean of the gradients remembers (below 1). 0.9 fits nearly always.',
    flag: { usage: '--beta1 <x>', help: 'of adam and adamw' },
  }),
  'optimiser.beta2': choice({
    schema: beta.default(0.999),
    title: 'Beta 2',
    help: 'How long the mean of their squares remembers (below 1). 0.999 fits nearly always.',
    flag: { usage: '--beta2 <x>', help: 'of adam and adamw' },
  }),
  'optimiser.epsilon': choice({
    schema: z.number().positive().default(1e-8),
    title: 'Epsilon',
    help: 'Keeps steps finite where gradients vanish. Leave it unless a recipe names another.',
    flag: { usage: '--epsilon <x>', help: 'of adam and adamw' },
  }),
  learningRate: choice({
    schema: z.number().positive().max(10).default(2e-3),
    title: 'Learning rate',
    help: 'The highest rate of the run. Too high and the loss jumps or turns NaN; too low and it creeps.',
    flag: { usage: '--lr <rate>', help: 'peak learning rate' },
  }),
  weightDecay: choice({
    schema: z.number().nonnegative().max(1).default(1e-2),
    title: 'Weight decay',
    help: 'Pulls weights towards zero and so works against memorising. 0.01 suits AdamW, 0.0001 to 0.0005 SGD.',
    flag: { usage: '--weight-decay <decay>', help: 'on kernels and head weights' },
  }),
  decayNormsAndBiases: choice({
    schema: z.boolean().default(false),
    title: 'Decay norms and biases too',
    help: 'Off as a rule: decaying them brings nothing and can hurt. On for recipes that did.',
    flag: { usage: '--decay-all', help: 'decay norms and biases too' },
  }),
  schedule: choice({
    schema: z.enum(['constant', 'step', 'cosine', 'one-cycle']).default('one-cycle'),
    title: 'Schedule',
    help: 'How the learning rate changes over the run. One cycle warms up by itself and ends near zero.',
    options: {
      'one-cycle': 'One cycle: up, then down',
      cosine: 'Cosine: down from the start',
      step: 'Step: down every few epochs',
      constant: 'Constant',
    },
    flag: { usage: '--schedule <schedule>', help: '{values}' },
  }),
  warmupEpochs: choice({
    schema: z.number().min(0).max(100).default(0),
    title: 'Warm-up (epochs)',
    help: 'The rate rises linearly over so many epochs before the schedule begins.',
    flag: { usage: '--warmup <epochs>', help: 'epochs of linear rise before the other schedules' },
  }),
  stepEpochs: choice({
    schema: z.int().min(1).max(1000).default(6),
    title: 'Epochs per rate step',
    help: 'After so many epochs the rate falls.',
    flag: { usage: '--step-epochs <n>', help: 'of the step schedule' },
  }),
  stepFactor: choice({
    schema: z.number().positive().max(1).default(0.1),
    title: 'Factor of a rate step',
    help: 'The rate is multiplied by this each time.',
    flag: { usage: '--step-factor <x>', help: 'of the step schedule' },
  }),
  clipNorm: choice({
    schema: z.number().positive().max(1e6).nullable().default(null),
    title: 'Gradient clipping',
    help: 'Longest the gradient of all weights together may be. It tames rare jumps of the loss; 1 to 5 is usual.',
    flag: { usage: '--clip <norm>', help: 'largest norm of all gradients' },
  }),
  averageDecay: choice({
    schema: z.number().min(0.5).lt(1).nullable().default(null),
    title: 'Moving average of weights',
    help: 'The model is then a running mean of the weights, often steadier. 0.999 means over about a thousand steps.',
    flag: { usage: '--ema <decay>', help: 'decay of averaged weights, which become the model' },
  }),
  patience: choice({
    schema: z.int().min(1).max(1000).nullable().default(null),
    title: 'Early stopping (epochs)',
    help: 'Ends the run after so many epochs in a row without a better one on the validation part.',
    flag: { usage: '--patience <epochs>', help: 'stop after so many epochs without a better one' },
  }),
  trainable: choice({
    schema: z.enum(trainableParts).default('all'),
    title: 'Trained part',
    help: 'The heads alone, or they and the last stage, learn faster on a frozen backbone, which only makes sense with start weights.',
    options: {
      all: 'The whole network',
      'last-stage': 'Its last stage and the heads',
      heads: 'The heads alone',
    },
    flag: {
      usage: '--freeze [early]',
      help: 'train the heads alone on a frozen backbone; with "early" its last stage too',
      isDefaultQuiet: true,
    },
  }),
  /** `shuffle`: each image once. The others draw with replacement, by cells of equal or of square-root weight. */
  'sampler.kind': choice({
    schema: z.enum(['shuffle', 'balanced', 'inverse-sqrt']).default('shuffle'),
    title: 'Sampler',
    help: 'Each image once, or drawn so that rare cells come more often: equally, or half the way there.',
    options: {
      shuffle: 'Each image once',
      balanced: 'Balanced',
      'inverse-sqrt': 'Inverse square root',
    },
    flag: { usage: '--sampler <how>', help: '{values}', path: 'sampler' },
  }),
  'sampler.by': choice({
    schema: z.enum(['cell', 'age', 'gender', 'race']).default('cell'),
    title: 'Balanced by',
    help: 'What counts as a cell: race, gender and age together, or one of them.',
    options: { cell: 'Race, gender and age', race: 'Race', gender: 'Gender', age: 'Age' },
    flag: { usage: '--by <what>', help: 'what the sampler balances: {values}' },
  }),
  oversampling: choice({
    schema: z.array(oversampling).max(20).default([]),
    title: 'Oversampling',
    help: 'Single classes drawn more often; each repeat is augmented anew.',
    flag: { usage: '--oversample <class...>', help: 'classes to draw more often, as in race=Indian:2' },
  }),
  'augmentation.flip': choice({
    schema: z.boolean().default(true),
    title: 'Random flips',
    help: 'Every second image is mirrored. Faces stay faces, so this is nearly free data.',
    flag: { usage: '--flip', help: 'mirror images at random' },
  }),
  /** `pad`: a crop from a tenth of reflected border. `resized`: a random part of the image, resized. */
  'augmentation.crop': choice({
    schema: z.enum(['none', 'pad', 'resized']).default('pad'),
    title: 'Random crops',
    help: 'Shifted by up to a tenth of the side, or a random part of the image brought to size.',
    options: { none: 'None', pad: 'Shifted', resized: 'Random part, resized' },
    flag: { usage: '--crop <kind>', help: '{values}' },
  }),
  'augmentation.minArea': choice({
    schema: z.number().min(0.05).max(1).default(0.6),
    title: 'Smallest cropped area',
    help: 'Smallest share of the area that a random part takes (0.05 to 1).',
    flag: { usage: '--min-area <share>', help: 'smallest share that --crop resized takes' },
  }),
  'augmentation.brightness': choice({
    schema: jitter,
    title: 'Brightness jitter',
    help: 'Brightness is changed by up to this share either way. It also changes how light skin looks.',
    flag: {
      usage: '--jitter <x>',
      help: 'of colours: one number, or brightness=0.2,contrast=0.1',
      path: 'augmentation',
    },
  }),
  'augmentation.contrast': choice({
    schema: jitter,
    title: 'Contrast jitter',
    help: 'Contrast is changed by up to this share either way.',
  }),
  'augmentation.saturation': choice({
    schema: jitter,
    title: 'Saturation jitter',
    help: 'Colourfulness is changed by up to this share either way.',
  }),
  /** Zhong et al. 2020 */
  'augmentation.erasing': choice({
    schema: z.number().min(0).max(1).default(0),
    title: 'Random erasing',
    help: 'Share of the images in which a rectangle is blanked, so that no single region decides.',
    flag: { usage: '--erasing <share>', help: 'share of images with a rectangle erased' },
  }),
  ageCap: choice({
    schema: z.int().min(1).max(120).nullable().default(null),
    title: 'Oldest age',
    help: 'Older people are left out of training and validation. Results then say nothing about them.',
    flag: { usage: '--age-cap <years>', help: 'leave out older people' },
  }),
  checkpointEvery: choice({
    schema: z.int().min(1).max(1000).nullable().default(null),
    title: 'Checkpoint every (epochs)',
    help: 'The last and the best epoch are always kept; this keeps every so many besides, each as large as the weights.',
    flag: { usage: '--checkpoint-every <epochs>', help: 'keep a checkpoint every so many epochs' },
  }),
  seed: choice({
    schema: z.int().nonnegative().default(1),
    title: 'Seed',
    help: 'The same seed and settings on the same device give the same weights.',
    flag: { usage: '--seed <n>', help: 'seed of every random choice' },
  }),
  engine: choice({
    schema: z.enum(['auto', 'onnx', 'onednn', 'tensorflow']).default('auto'),
    title: 'Engine',
    help: 'What computes. Automatic takes the fastest one tested on this machine; all give the same losses in the same arithmetic.',
    options: { auto: 'Automatic', onnx: 'ONNX Runtime', onednn: 'oneDNN', tensorflow: 'TensorFlow' },
    flag: { usage: '--engine <engine>', help: '{values}' },
  }),
  device: choice({
    schema: z.enum(['auto', 'cpu', 'webgpu', 'cuda', 'dml', 'coreml']).default('auto'),
    title: 'Device',
    help: 'Where it computes. A device that this machine lacks is refused before the run begins.',
    options: {
      auto: 'Automatic',
      cpu: 'Processor',
      webgpu: 'Any GPU (WebGPU)',
      cuda: 'NVIDIA GPU (CUDA)',
      dml: 'GPU on Windows (DirectML)',
      coreml: 'Apple GPU (Core ML)',
    },
    flag: { usage: '--device <device>', help: '{values}' },
  }),
  arithmetic: choice({
    // Without a default: runs that were stored before it could be chosen keep their hashes.
    schema: z.enum(['auto', 'float32', 'bf16']).optional(),
    title: 'Arithmetic',
    help: 'With bf16 activations are rounded to 8 bits, for speed; weights and sums stay float32. It needs oneDNN and a recent processor; automatic takes it there.',
    options: { auto: 'Automatic', float32: 'float32', bf16: 'bf16' },
    flag: { usage: '--arithmetic <arithmetic>', help: '{values}' },
  }),
  /** He initialisation, or safetensors, PyTorch's `.pth` or `.pt`, ONNX. */
  init: choice({
    schema: filePath.default('random'),
    title: 'Start weights',
    help: 'Random, or a weights file that you have: safetensors, PyTorch (.pth, .pt) or ONNX. After the start the run says which layers matched.',
    flag: { usage: '--init <weights>', help: 'random, or a file: .safetensors, .pth, .pt or .onnx' },
  }),
  name: choice({
    schema: z.string().min(1).max(200).optional(),
    title: 'Name (optional)',
    help: 'What the run is called in tables. Left empty, it gets a number.',
    flag: { usage: '--name <name>', help: 'name of the run' },
  }),
} as const

export type ChoicePath = keyof typeof trainChoices
export const choicePaths = Object.keys(trainChoices) as [ChoicePath, ...ChoicePath[]]

const isChoicePath = (path: string): path is ChoicePath => Object.hasOwn(trainChoices, path)

/** A path without a row stands for itself. */
export const titleOfChoice = (path: string): string => (isChoicePath(path) ? trainChoices[path].title : path)
