import { Command } from 'commander'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { splitId } from '#shared/contract/base.contract.ts'
import { trainConfig } from '#shared/contract/train-config.contract.ts'
import { diffChoices, listChoices } from '#shared/derived/compare-choices.ts'
import { choiceFlags } from '../../../../../src/main/hosts/cli/commands/choice-flags.ts'
import { addChoiceFlags, readChoices } from '../../../../../src/main/hosts/cli/commands/train-flags.ts'

const golden = z
  .object({
    lines: z.array(z.object({ argv: z.array(z.string()), read: z.unknown() })),
    flags: z.array(z.object({ flag: z.string(), path: z.string(), help: z.string() })),
  })
  .parse(
    JSON.parse(readFileSync(new URL('../../../../oracles/golden/run-choices.json', import.meta.url), 'utf8')),
  )

const folder = mkdtempSync(join(tmpdir(), 'evenhand-flags-'))
afterAll(() => rmSync(folder, { recursive: true }))

const id = splitId.parse(1)
const standard = trainConfig.parse({ splitId: id })

const read = (...argv: string[]) => {
  const command = addChoiceFlags(new Command('train').exitOverride())
  command.parse(argv, { from: 'user' })
  return readChoices(command.opts(), { findSplit: () => Promise.resolve(id), workingFolder: folder })
}
/** What the flags changed of the standard choices, as words. */
const changed = async (...argv: string[]) =>
  Object.fromEntries(
    diffChoices([standard, await read(...argv)]).map(({ path, values }) => [path, values[1]]),
  )

describe('the flags of a training run', () => {
  it('name every choice of the configuration but the split', () => {
    const everyKind = [
      { age: { target: 'years' }, optimiser: { kind: 'sgd' }, combination: { kind: 'fixed', weights: {} } },
      { combination: { kind: 'dwa' } },
    ].flatMap((choices) => [...listChoices(trainConfig.parse({ splitId: id, ...choices })).keys()])
    const paths = new Set([...listChoices(standard).keys(), ...everyKind])
    const flagged = choiceFlags.map(({ path }) => path)
    const isFlagged = (path: string): boolean =>
      flagged.some((one) => path === one || path.startsWith(`${one}.`))
    expect([...paths].filter((path) => !isFlagged(path))).toEqual(['splitId'])
  })

  it('are those of earlier versions, in their order and words', () => {
    const known = new Set(golden.flags.map(({ flag }) => flag))
    const flags = choiceFlags.filter(({ flag }) => known.has(flag))
    expect(flags.map(({ flag, path, help }) => ({ flag, path, help }))).toEqual(golden.flags)
  })

  it.each(golden.lines.filter(({ read: known }) => typeof known !== 'string'))(
    'mean what they meant in earlier versions: $argv',
    async ({ argv, read: known }) => {
      expect(await read(...argv)).toMatchObject(z.record(z.string(), z.unknown()).parse(known))
    },
  )

  it.each(golden.lines.filter(({ read: known }) => typeof known === 'string'))(
    'are refused in the words of earlier versions: $argv',
    async ({ argv, read: known }) => {
      await expect(read(...argv)).rejects.toMatchObject({ message: known })
    },
  )

  it('left out mean the standard choices', async () => {
    expect(await read()).toEqual(standard)
  })

  it.each([
    [
      ['--age', 'years', '--age-loss', 'huber', '--huber-delta', '3'],
      { 'age.target': 'years', 'age.readOut': 'years', 'age.loss': 'huber', 'age.huberDelta': '3' },
    ],
    [
      ['--age', 'expected-years', '--age-loss', 'cross-entropy'],
      { 'age.readOut': 'expected-years', 'age.loss': 'cross-entropy' },
    ],
    [['--age-labels', 'ordinal'], { 'age.labels': 'ordinal' }],
    [
      ['--loss-weights', 'age=0.001,gender=2'],
      { 'combination.kind': 'fixed', 'combination.weights.age': '0.001', 'combination.weights.gender': '2' },
    ],
    [
      ['--combine', 'dwa', '--dwa-temperature', '3'],
      { 'combination.kind': 'dwa', 'combination.temperature': '3' },
    ],
    [
      ['--optimiser', 'sgd', '--momentum', '0.8', '--nesterov'],
      {
        'optimiser.kind': 'sgd',
        'optimiser.momentum': '0.8',
        'optimiser.nesterov': 'yes',
        'optimiser.beta1': null,
      },
    ],
    [
      ['--clip', '1.5', '--ema', '0.999', '--patience', '4', '--accumulate', '2'],
      { clipNorm: '1.5', averageDecay: '0.999', patience: '4', accumulate: '2' },
    ],
    [
      ['--freeze', '--decay-all', '--tasks', 'age,gender'],
      { trainable: 'heads', decayNormsAndBiases: 'yes', tasks: 'age, gender' },
    ],
    [
      [
        '--sampler',
        'balanced',
        '--by',
        'race',
        '--oversample',
        'race=Indian:2',
        '--oversample',
        'age=70+:1.5',
      ],
      { 'sampler.kind': 'balanced', 'sampler.by': 'race', oversampling: 'race=Indian:2, age=70+:1.5' },
    ],
    [['--no-flip', '--no-crop'], { 'augmentation.flip': 'no', 'augmentation.crop': 'none' }],
    [
      ['--crop', 'resized', '--min-area', '0.5', '--jitter', '0.2', '--erasing', '0.25'],
      {
        'augmentation.crop': 'resized',
        'augmentation.minArea': '0.5',
        'augmentation.brightness': '0.2',
        'augmentation.contrast': '0.2',
        'augmentation.saturation': '0.2',
        'augmentation.erasing': '0.25',
      },
    ],
    [['--jitter', 'brightness=0.3'], { 'augmentation.brightness': '0.3' }],
    [
      [
        '--age-cap',
        '85',
        '--checkpoint-every',
        '5',
        '--class-weights',
        'balanced',
        '--label-smoothing',
        '0.1',
      ],
      { ageCap: '85', checkpointEvery: '5', classWeights: 'balanced', labelSmoothing: '0.1' },
    ],
  ])('%j set their choices and no others', async (argv, expected) => {
    expect(await changed(...argv)).toMatchObject(expected)
  })

  it.each([
    [['--epochs', 'many'], '--epochs: must be a whole number'],
    [['--momentum', '0.9'], '--momentum: does not apply to the other choices'],
    [['--age-loss', 'l2'], '--age-loss: does not apply to the other choices'],
    [['--combine', 'magic'], '--combine: '],
    [['--loss-weights', 'age'], '--loss-weights: must be pairs such as age=0.001,gender=1'],
    [['--oversample', 'Indian:2'], '--oversample: must be pairs such as race=Indian:2'],
    [['--input', '50'], '--input: '],
    [['--age', 'years', '--age-loss', 'cross-entropy'], '--age-loss: Cross-entropy on years needs'],
    [['--tasks', 'age,age'], '--tasks: A task stands there twice'],
    [['--preset', 'nothing'], '--preset: '],
  ])('%j are refused by the name of the flag', async (argv, message) => {
    await expect(read(...argv)).rejects.toThrow(message)
  })

  it('go before the file, and the file before the preset', async () => {
    const file = join(folder, 'choices.json')
    writeFileSync(file, JSON.stringify({ config: { epochs: 7, batchSize: 16, name: 'Other', splitId: 9 } }))
    const config = await read('--preset', 'fairface-baseline', '--config', 'choices.json', '--batch', '8')
    expect(config).toMatchObject({ arch: 'resnet34', inputSize: 224, epochs: 7, batchSize: 8, splitId: 1 })
    expect(config.name).toBeUndefined()
  })

  it('name a file that is no set of choices', async () => {
    writeFileSync(join(folder, 'broken.json'), '[1, 2')
    await expect(read('--config', 'broken.json')).rejects.toThrow(
      /^--config: .*broken\.json is no JSON object/,
    )
    writeFileSync(join(folder, 'typo.json'), JSON.stringify({ learningrate: 0.1 }))
    await expect(read('--config', 'typo.json')).rejects.toThrow('names "learningrate", which is no choice')
    await expect(read('--config', 'missing.json')).rejects.toThrow(
      /^--config: .*missing\.json cannot be read/,
    )
  })

  it('take a weights file from the folder that the user stands in', async () => {
    expect((await read('--init', 'weights.pth')).init).toBe(join(folder, 'weights.pth'))
  })
})
