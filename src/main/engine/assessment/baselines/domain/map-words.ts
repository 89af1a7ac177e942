import type { BaselineRule } from '#shared/contract/baseline.contract.ts'
import { binOfYears, labelSchemes, mapRace, type LabelScheme } from '#shared/domain/label-schemes.ts'
import type { Task } from '#shared/domain/tasks.ts'
import { readAgeText } from '#engine/data/catalogue/domain/age-text.ts'
import { readLabelWord } from '#engine/data/catalogue/domain/label-word.ts'

const fold = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, ' ')
    .trim()

/** What systems call a gender beside M, F and the labels themselves. */
const genderWords = new Map([
  ['man', 'Male'],
  ['men', 'Male'],
  ['woman', 'Female'],
  ['women', 'Female'],
])

/** Words of Face++, DeepFace and FairFace's models. "Asian" is no single label of FairFace's seven. */
const raceWords: Readonly<Record<LabelScheme, ReadonlyMap<string, string>>> = {
  fairface7: new Map([
    ['latino hispanic', 'Latino_Hispanic'],
    ['latino', 'Latino_Hispanic'],
    ['hispanic', 'Latino_Hispanic'],
    ['india', 'Indian'],
  ]),
  // UTKFace's own description of Others names Hispanic, Latino and Middle Eastern.
  utkface5: new Map([
    ['other', 'Others'],
    ['latino hispanic', 'Others'],
    ['latino', 'Others'],
    ['hispanic', 'Others'],
    ['middle eastern', 'Others'],
    ['east asian', 'Asian'],
    ['southeast asian', 'Asian'],
    ['india', 'Indian'],
  ]),
  sample: new Map(),
}

/** An open-ended last bin, however far it is written to reach. */
const lastBin = /^70\s*[-–]\s*\d{2,3}$/

function mapAge(word: string): string | null {
  if (lastBin.test(word.trim())) return '70+'
  return readLabelWord(word, 'age', 'fairface7')
}

/** What the user says of a word; undefined where they say nothing. */
export const findRule = (
  rules: readonly BaselineRule[],
  task: Task,
  word: string,
): BaselineRule | undefined => rules.find((one) => one.task === task && fold(one.from) === fold(word))

/**
 * The label that a word of another system stands for in a scheme: by the user's rules, else by the usual words.
 * @returns for ages a bin or a number of years as text; null where the scheme has no such label
 */
export function mapWord(
  word: string,
  task: Task,
  { scheme, rules }: { readonly scheme: LabelScheme; readonly rules: readonly BaselineRule[] },
): string | null {
  const rule = findRule(rules, task, word)
  const wanted = rule === undefined ? word : rule.to
  if (wanted === null) return null
  if (task === 'age') return mapAge(wanted)
  const known = readLabelWord(wanted, task, scheme)
  if (known !== null) return known
  const usual = task === 'gender' ? genderWords.get(fold(wanted)) : raceWords[scheme].get(fold(wanted))
  const labels: readonly string[] = labelSchemes[scheme][task]
  return usual !== undefined && labels.includes(usual) ? usual : null
}

export interface ReadAge {
  readonly bin: string | null
  readonly years: number | null
}

/** Bin and years of what `mapWord` made of an age. */
export function readMappedAge(text: string | null): ReadAge {
  if (text === null) return { bin: null, years: null }
  const { value } = readAgeText(text)
  if (value === null) return { bin: null, years: null }
  return { bin: value.years === null ? value.bin : binOfYears(value.years), years: value.years }
}

/** A label of a data set's scheme in that of a list of images; null where it has no single counterpart there. */
export function translateAnswer(
  label: string | null,
  task: 'race' | 'gender',
  { from, to }: { readonly from: LabelScheme; readonly to: LabelScheme },
): string | null {
  if (label === null || from === to) return label
  if (task === 'race') return mapRace(label, from, to)
  return labelSchemes[from].gender.join() === labelSchemes[to].gender.join() ? label : null
}
