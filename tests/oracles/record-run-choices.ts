/**
 * Writes golden/run-choices.json: what this version makes of configurations and flags, for later versions to be held to: stored
 * runs keep their hashes, and command lines that people have written keep their meaning.
 * `node tests/oracles/record-run-choices.ts`, in a second; only where a change is meant.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { hashCanonical } from '#engine/base/kernel/hash.ts'
import { splitId } from '#shared/contract/base.contract.ts'
import { trainConfig } from '#shared/contract/train-config.contract.ts'
import { fillFromPreset, trainPresets } from '#shared/derived/train-presets.ts'
import { choiceFlags } from '../../src/main/hosts/cli/commands/choice-flags.ts'
import { addChoiceFlags, readChoices } from '../../src/main/hosts/cli/commands/train-flags.ts'

const configs = [
  {},
  { age: { target: 'bins' } },
  { age: { target: 'bins', labels: 'soft', softness: 1 } },
  { age: { target: 'years' } },
  { age: { target: 'years', readOut: 'expected-years', loss: 'cross-entropy', huberDelta: 2 } },
  { combination: { kind: 'sum' } },
  { combination: { kind: 'fixed', weights: {} } },
  { combination: { kind: 'fixed', weights: { race: 0, age: 0.001 } } },
  { combination: { kind: 'uncertainty' } },
  { combination: { kind: 'dwa' } },
  { optimiser: { kind: 'sgd' } },
  { optimiser: { kind: 'adam' } },
  { optimiser: { kind: 'adamw', epsilon: 1e-6 } },
  { sampler: {} },
  { sampler: { by: 'race', kind: 'balanced' } },
  { augmentation: {} },
  { augmentation: { crop: 'resized', minArea: 0.5, erasing: 0.1, brightness: 0.2 } },
  { oversampling: [{ factor: 2, label: 'Indian', task: 'race' }] },
  { clipNorm: 1, averageDecay: 0.999, patience: 4, checkpointEvery: 5, ageCap: 85 },
  { tasks: ['race'], arch: 'resnet34', trainable: 'heads', init: 'weights.pth', name: 'One' },
  { schedule: 'step', stepEpochs: 3, stepFactor: 0.5, warmupEpochs: 1 },
  { seed: 7, engine: 'onnx', device: 'cpu', classWeights: 'balanced', labelSmoothing: 0.1 },
  ...trainPresets.flatMap((preset) => [fillFromPreset(preset), fillFromPreset(preset, 'weights.pth')]),
]

const refused = [
  { age: { target: 'years', loss: 'cross-entropy' } },
  { age: { target: 'bins', loss: 'l1' } },
  { tasks: ['age', 'age'] },
  { tasks: [] },
  { optimiser: { kind: 'sgd', nesterov: true, momentum: 0 } },
  { optimiser: { kind: 'adam', momentum: 0.9 } },
  { combination: { kind: 'sum', weights: {} } },
  { augmentation: { flips: true } },
  {
    inputSize: 50,
    epochs: 0,
    batchSize: 1,
    averageDecay: 1,
    learningRate: 0,
    oversampling: [{ task: 'race' }],
  },
]

const lines = [
  [],
  ['--age', 'years', '--age-loss', 'huber', '--huber-delta', '3'],
  ['--age', 'expected-years', '--age-loss', 'cross-entropy'],
  ['--age', 'bins', '--age-labels', 'soft', '--age-softness', '1'],
  ['--loss-weights', 'age=0.001,gender=2'],
  ['--combine', 'dwa', '--dwa-temperature', '3'],
  ['--optimiser', 'sgd', '--momentum', '0.8', '--nesterov'],
  ['--optimiser', 'adam', '--beta1', '0.8', '--beta2', '0.99', '--epsilon', '1e-6'],
  ['--clip', '1.5', '--ema', '0.999', '--patience', '4', '--accumulate', '2'],
  [
    '--clip',
    'none',
    '--ema',
    'none',
    '--patience',
    'none',
    '--age-cap',
    'none',
    '--checkpoint-every',
    'none',
  ],
  ['--freeze', '--decay-all', '--tasks', 'age, gender', '--arch', 'resnet34', '--input', '96'],
  ['--sampler', 'balanced', '--by', 'race', '--oversample', 'race=Indian:2', '--oversample', 'age=70+:1.5'],
  ['--no-flip', '--no-crop'],
  ['--flip', '--crop', 'resized', '--min-area', '0.5', '--jitter', '0.2', '--erasing', '0.25'],
  ['--jitter', 'brightness=0.3'],
  ['--age-cap', '85', '--checkpoint-every', '5', '--class-weights', 'balanced', '--label-smoothing', '0.1'],
  ['--lr', '1e-3', '--weight-decay', '0', '--schedule', 'step', '--step-epochs', '3', '--step-factor', '0.5'],
  ['--warmup', '1.5', '--epochs', '3', '--batch', '8', '--seed', '4', '--engine', 'onnx', '--device', 'cpu'],
  ['--name', 'Mine', '--preset', 'fairface-baseline'],
  ['--epochs', 'many'],
  ['--lr', 'fast'],
  ['--clip', 'some'],
  ['--momentum', '0.9'],
  ['--age-loss', 'l2'],
  ['--combine', 'magic'],
  ['--loss-weights', 'age'],
  ['--jitter', 'much'],
  ['--oversample', 'Indian:2'],
  ['--input', '50'],
  ['--age', 'decades'],
  ['--age', 'years', '--age-loss', 'cross-entropy'],
  ['--tasks', 'age,age'],
  ['--preset', 'nothing'],
  ['--device', 'abacus'],
]

const id = splitId.parse(1)

async function readLine(argv: readonly string[]): Promise<unknown> {
  const command = addChoiceFlags(new Command('train').exitOverride())
  command.parse(argv, { from: 'user' })
  try {
    return await readChoices(command.opts(), { findSplit: () => Promise.resolve(id), workingFolder: '/here' })
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const golden = {
  configs: configs.map((input) => {
    const config = trainConfig.parse({ splitId: id, ...input })
    return { input, config, sha256: hashCanonical(config) }
  }),
  refused: refused.map((input) => ({
    input,
    issues: trainConfig
      .safeParse({ splitId: id, ...input })
      .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`),
  })),
  lines: await Promise.all(lines.map(async (argv) => ({ argv, read: await readLine(argv) }))),
  flags: choiceFlags.map(({ flag, path, help }) => ({ flag, path, help })),
}
writeFileSync(join(import.meta.dirname, 'golden', 'run-choices.json'), `${JSON.stringify(golden)}\n`)
