import { choice, readChoice, whole, type TrainField, type TrainFieldGroup, textOf } from './train-field.ts'

const limitFields: readonly TrainField[] = [
  {
    path: 'clipNorm',
    title: 'Gradient clipping',
    help: 'Longest the gradient of all weights together may be. It tames rare jumps of the loss; 1 to 5 is usual.',
    control: { kind: 'optional-number', none: 'No limit', start: 5, step: 0.5, isWhole: false },
  },
  {
    path: 'averageDecay',
    title: 'Moving average of weights',
    help: 'The model is then a running mean of the weights, often steadier. 0.999 means over about a thousand steps.',
    control: { kind: 'optional-number', none: 'Off', start: 0.999, step: 0.0005, isWhole: false },
  },
  {
    path: 'patience',
    title: 'Early stopping (epochs)',
    help: 'Ends the run after so many epochs in a row without a better one on the validation part.',
    control: { kind: 'optional-number', none: 'Never', start: 5, step: 1, isWhole: true },
  },
  {
    path: 'checkpointEvery',
    title: 'Checkpoints to keep (epochs)',
    help: 'The last and the best epoch are always kept; this keeps every so many besides, each as large as the weights.',
    control: { kind: 'optional-number', none: 'Last and best only', start: 5, step: 1, isWhole: true },
  },
  {
    path: 'seed',
    title: 'Seed',
    help: 'The same seed and settings on the same device give the same weights.',
    control: whole(),
  },
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

const engineField: TrainField = {
  path: 'engine',
  title: 'Engine',
  help: 'What computes. Automatic takes the fastest one found on this machine; both give the same losses.',
  control: choice({ auto: 'Automatic', onnx: 'ONNX Runtime', tensorflow: 'TensorFlow' }),
}

const deviceField: TrainField = {
  path: 'device',
  title: 'Device',
  help: 'Where it computes. A device that this machine lacks is refused before the run begins.',
  control: choice({
    auto: 'Automatic',
    cpu: 'Processor',
    webgpu: 'Any GPU (WebGPU)',
    cuda: 'NVIDIA GPU (CUDA)',
    dml: 'GPU on Windows (DirectML)',
    coreml: 'Apple GPU (Core ML)',
  }),
}

export const engineGroup: TrainFieldGroup = {
  key: 'engine',
  title: 'Engine',
  fields: [engineField, deviceField],
  digest: (draft) =>
    draft['engine'] === 'auto' && draft['device'] === 'auto'
      ? 'automatic'
      : `${readChoice(engineField, draft['engine'])} · ${readChoice(deviceField, draft['device'])}`,
}
