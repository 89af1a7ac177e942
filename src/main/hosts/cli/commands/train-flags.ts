import { resolve } from 'node:path'
import type { Command } from 'commander'
import * as z from 'zod'
import type { SplitId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { trainConfig, type TrainConfig } from '#shared/contract/train-config.contract.ts'
import { isObject } from '#shared/domain/is-object.ts'
import { isKindChoice, setChoice } from '#shared/derived/set-choice.ts'
import { fillFromPreset, trainPresets } from '#shared/derived/train-presets.ts'
import { parseFlags } from '../parse-flags.ts'
import { choiceFlags, keyOf, nameOf, type ChoiceFlag } from './choice-flags.ts'
import { readRegularFile } from '#engine/base/kernel/regular-file.ts'

/** Adds a flag for every choice of a run, and where a whole set of choices comes from. */
export function addChoiceFlags(command: Command): Command {
  command
    .option('--split <split>', 'number or name of the split')
    .option('--preset <id>', `choices to begin with: ${trainPresets.map(({ id }) => id).join(', ')}`)
    .option('--config <file>', "JSON file of choices, or a run's config.json; flags go before it")
  for (const { flag, help } of choiceFlags) command.option(flag, help)
  return command
    .option('--no-flip', 'do not mirror images at random')
    .option('--no-crop', 'do not crop images at random')
}

const flagsSchema = z.object({
  preset: z.enum(trainPresets.map(({ id }) => id)).optional(),
  config: z.string().optional(),
  ...Object.fromEntries(choiceFlags.map((flag) => [keyOf(flag), flag.read.optional()])),
})

async function readConfigFile(file: string): Promise<Record<string, unknown>> {
  const explain = (reason: string): AppError =>
    new AppError('INVALID_INPUT', `--config: ${file} ${reason}`, { details: { path: file } })
  let text: string
  try {
    text = (await readRegularFile(file)).toString('utf8')
  } catch (error) {
    throw explain(`cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
  const object = z.record(z.string(), z.unknown())
  const stored = z.object({ config: object })
  let choices: Record<string, unknown>
  try {
    const read: unknown = JSON.parse(text)
    const whole = stored.safeParse(read)
    choices = whole.success ? whole.data.config : object.parse(read)
  } catch (error) {
    // The parser's own message quotes the file, which may be any other than was meant.
    throw new AppError('INVALID_INPUT', `--config: ${file} is no JSON object of choices.`, {
      details: { path: file },
      cause: error,
    })
  }
  const unknown = Object.keys(choices).find((key) => !Object.hasOwn(trainConfig.shape, key))
  if (unknown !== undefined) throw explain(`names "${unknown}", which is no choice of a run.`)
  const { splitId: _splitId, name: _name, ...taken } = choices
  return taken
}

interface GivenChoice extends Pick<ChoiceFlag, 'path' | 'isSpread'> {
  readonly value: unknown
}

function applyChoice(choices: Record<string, unknown>, given: GivenChoice): Record<string, unknown> {
  const { path, value, isSpread } = given
  if (isSpread !== true || !isObject(value)) return setChoice(choices, path, value)
  const kind = value['target']
  const base = typeof kind === 'string' ? setChoice(choices, path, kind) : choices
  return Object.entries(value).reduce((set, [key, one]) => setChoice(set, `${path}.${key}`, one), base)
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const path = issue.path.join('.')
  if (issue.code === 'unrecognized_keys') {
    return issue.keys
      .map((key) => `${nameFlag(path === '' ? key : `${path}.${key}`)}: does not apply to the other choices`)
      .join('; ')
  }
  return `${nameFlag(path)}: ${issue.message}`
}

/** The flag of a place in the configuration, or of the choice that it belongs to. */
function nameFlag(path: string): string {
  const flags = choiceFlags.map((flag) => ({ name: nameOf(flag), path: flag.path }))
  const parent = path.split('.')[0]
  const kind = path.replace(/\.(kind|target)$/, '')
  const found =
    flags.find((flag) => flag.path === path) ??
    flags.find((flag) => flag.path === kind) ??
    flags.find((flag) => path.startsWith(`${flag.path}.`)) ??
    flags.find((flag) => flag.path === parent)
  return found === undefined ? path : `--${found.name}`
}

/**
 * The configuration that the flags mean: the preset's choices, then the file's, then the flags'.
 * @throws AppError INVALID_INPUT naming the flag that does not fit; as `findSplit` does
 */
export async function readChoices(
  options: Readonly<Record<string, unknown>>,
  { findSplit, workingFolder }: { findSplit: () => Promise<SplitId>; workingFolder: string },
): Promise<TrainConfig> {
  const flags: Record<string, unknown> = parseFlags(flagsSchema, options)
  const splitId = await findSplit()
  const { config: file } = flags
  const fromFile = typeof file === 'string' ? await readConfigFile(resolve(workingFolder, file)) : {}
  const preset = trainPresets.find(({ id }) => id === flags['preset'])
  const given = choiceFlags.flatMap((flag): GivenChoice[] => {
    const value = flags[keyOf(flag)]
    return value === undefined ? [] : [{ ...flag, value }]
  })
  const init = locateInit(given.find(({ path }) => path === 'init')?.value ?? fromFile['init'], workingFolder)
  const begun = trainConfig.safeParse({
    ...(preset === undefined ? {} : fillFromPreset(preset, init)),
    ...fromFile,
    splitId,
  })
  if (!begun.success) throw refuse(begun.error.issues, '--config: ')
  const has = (path: string): boolean => given.some((choice) => choice.path === path)
  const choices = [
    ...(has('combination.weights') && !has('combination') ? [{ path: 'combination', value: 'fixed' }] : []),
    ...given.filter(({ path }) => isKindChoice(path)),
    ...given.filter(({ path }) => !isKindChoice(path)),
  ].reduce<Record<string, unknown>>(applyChoice, begun.data)
  const read = trainConfig.safeParse({ ...choices, init, splitId })
  if (read.success) return read.data
  throw refuse(read.error.issues)
}

function refuse(issues: readonly z.core.$ZodIssue[], where = ''): AppError {
  const problems = issues.map((issue) => `${where}${describeIssue(issue)}`).join('; ')
  return new AppError('INVALID_INPUT', `${problems}. "--help" lists the options of a command.`)
}

/** Relative paths mean the folder that the user stands in. */
function locateInit(init: unknown, workingFolder: string): string {
  return typeof init !== 'string' || init === 'random' ? 'random' : resolve(workingFolder, init)
}
