import * as z from 'zod'
import { choicePaths, trainChoices, type ChoicePath, type FlagSpec } from '#shared/contract/train-choices.ts'
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

type Reader = Pick<ChoiceFlag, 'read' | 'isSpread'>

/** Choices whose flags are written otherwise than their values. */
const readers: Readonly<Partial<Record<ChoicePath, Reader>>> = {
  tasks: { read: list },
  'age.target': { read: ageFlag, isSpread: true },
  'combination.weights.age': { read: numbersByName('age=0.001,gender=1') },
  trainable: {
    read: z.union(
      [
        yes.transform((isFrozen) => (isFrozen ? 'heads' : 'all')),
        z.literal('early').transform(() => 'last-stage'),
      ],
      'goes alone, or with "early"',
    ),
  },
  oversampling: { read: oversample },
  'augmentation.crop': { read: z.union([z.literal(false).transform(() => 'none'), word]) },
  'augmentation.brightness': { read: jitterFlag, isSpread: true },
}

function removeWrapping(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodDefault || schema instanceof z.ZodOptional ? schema.unwrap() : schema
}

/** A value as its own schema has it; whether it is allowed, the whole configuration says. */
function readAs(wrapped: z.core.$ZodType): z.ZodType {
  const schema = removeWrapping(wrapped)
  if (schema instanceof z.ZodNullable) return orNone(readAs(schema.unwrap()))
  if (schema instanceof z.ZodBoolean) return yes
  if (schema instanceof z.ZodNumber) return schema.format === 'safeint' ? integerFlag : decimalFlag
  return word
}

/** "a, b or c" */
function listValues(wrapped: z.core.$ZodType): string {
  const schema = removeWrapping(wrapped)
  const values = schema instanceof z.ZodEnum ? schema.options.map(String) : []
  return values.length < 2 ? values.join('') : `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`
}

function describeDefault(schema: z.ZodType): string {
  const value: unknown = schema.parse(undefined)
  if (value === undefined || value === false || (Array.isArray(value) && value.length === 0)) return ''
  if (value === true) return ' (default)'
  if (value === null) return ' (default: none)'
  if (Array.isArray(value)) return ` (default: ${value.join(',')})`
  return ` (default: ${typeof value === 'string' ? value : JSON.stringify(value)})`
}

/** What training begins with is asked for beside the network; all else stands as in the configuration. */
const besideNetwork: readonly ChoicePath[] = ['init', 'trainable']
const flagPaths = choicePaths
  .filter((path) => !besideNetwork.includes(path))
  .flatMap((path) => (path === 'inputSize' ? [path, ...besideNetwork] : [path]))

/** One flag per choice of a run, or for those that are set together. */
export const choiceFlags: readonly ChoiceFlag[] = flagPaths.flatMap((path): ChoiceFlag[] => {
  const { schema, flag }: { readonly schema: z.ZodType; readonly flag?: FlagSpec } = trainChoices[path]
  if (flag === undefined) return []
  const help = flag.help.replace('{values}', listValues(schema))
  return [
    {
      flag: flag.usage,
      path: flag.path ?? path,
      help: flag.isDefaultQuiet === true ? help : help + describeDefault(schema),
      ...(readers[path] ?? { read: readAs(schema) }),
    },
  ]
})

/** `weight-decay` */
export const nameOf = ({ flag }: ChoiceFlag): string => flag.split(' ')[0]?.slice(2) ?? ''
/** The same as commander keys it: `weightDecay`. */
export const keyOf = (flag: ChoiceFlag): string =>
  nameOf(flag).replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

/** The path that a flag's name stands for (`lr`: `learningRate`), or the name itself. */
export const resolveChoicePath = (name: string): string =>
  choiceFlags.find((flag) => nameOf(flag) === name)?.path ?? name
