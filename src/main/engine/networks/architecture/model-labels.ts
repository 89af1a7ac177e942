import type { AgeReadOut } from '#shared/domain/age-read-out.ts'
import {
  ageBinLabels,
  labelSchemeNames,
  labelSchemes,
  mapRace,
  type LabelScheme,
} from '#shared/domain/label-schemes.ts'
import { formatCount } from '#shared/domain/format.ts'
import { tasks, type Task } from '#shared/domain/tasks.ts'

/** The classes of each head in the order of its outputs; null where the model has no such head. */
export type ModelLabels = Readonly<Record<Task, string[] | null>>

/** An image's labels as its split holds them, in the split's scheme. */
export interface LabelledImage {
  readonly scheme: LabelScheme
  readonly race: string | null
  readonly gender: string | null
  readonly ageBin: string | null
  /** Exact years; null where the bin alone is known. */
  readonly ageYears: number | null
}

/** Class indices per task; -1 where the label is missing or has no counterpart. */
export type ClassIndices = Readonly<Record<Task, number>>

/** Every class a scheme offers, for all three tasks. */
export function listSchemeLabels(scheme: LabelScheme): Record<Task, string[]> {
  return {
    age: [...ageBinLabels],
    gender: [...labelSchemes[scheme].gender],
    race: [...labelSchemes[scheme].race],
  }
}

/** The scheme whose races, or genders where there is no race head, a model was trained on; FairFace's when none fits. */
export function findSchemeOf(labels: ModelLabels): LabelScheme {
  const has = (scheme: LabelScheme, task: 'race' | 'gender'): boolean =>
    labels[task]?.join('\n') === labelSchemes[scheme][task].join('\n')
  return (
    labelSchemeNames.find((scheme) => has(scheme, 'race')) ??
    (labels.race === null ? labelSchemeNames.find((scheme) => has(scheme, 'gender')) : undefined) ??
    'fairface7'
  )
}

/** An image's labels in the words of `target`. */
export function translateLabels(image: LabelledImage, target: LabelScheme): Record<Task, string | null> {
  const sharesGenders = labelSchemes[image.scheme].gender.join() === labelSchemes[target].gender.join()
  return {
    age: image.ageBin,
    gender: sharesGenders ? image.gender : null,
    race: image.race === null ? null : mapRace(image.race, image.scheme, target),
  }
}

/** Class indices of an image for a model's heads. */
export function encodeLabels(
  image: LabelledImage,
  options: { labels: ModelLabels; scheme: LabelScheme },
): ClassIndices {
  const words = translateLabels(image, options.scheme)
  const indexOf = (task: Task): number => {
    const word = words[task]
    return word === null ? -1 : (options.labels[task]?.indexOf(word) ?? -1)
  }
  return { age: indexOf('age'), gender: indexOf('gender'), race: indexOf('race') }
}

export interface HeadPlan {
  readonly labels: ModelLabels
  /** What a reader of the run should know, one sentence each. */
  readonly notes: readonly string[]
}

export interface WantedHeads {
  readonly scheme: LabelScheme
  readonly tasks: readonly Task[]
  readonly ageReadOut: AgeReadOut
  /** A head in years that learns bins, and spreads them over the years of those whose years are known. */
  readonly isAgeByBins?: boolean
}

/** Which of the wanted heads a training set supports, and what is missing from it. */
export function planHeads(images: readonly LabelledImage[], wanted: WantedHeads): HeadPlan {
  const { scheme, ageReadOut } = wanted
  const offered = listSchemeLabels(scheme)
  const notes: string[] = []
  const seen: Record<Task, Set<number>> = { age: new Set(), gender: new Set(), race: new Set() }
  for (const image of images) {
    const indices = encodeLabels(image, { labels: offered, scheme })
    for (const task of tasks) if (indices[task] >= 0) seen[task].add(indices[task])
  }
  const labels: Record<Task, string[] | null> = { age: null, gender: null, race: null }
  for (const task of tasks) {
    if (!wanted.tasks.includes(task)) continue
    if (seen[task].size === 0) {
      notes.push(`No image of the training part has a label for ${task}: the model has no ${task} head.`)
      continue
    }
    if (task === 'age' && ageReadOut !== 'class') {
      const { isTaught, note } = judgeYears(images, wanted)
      if (note !== null) notes.push(note)
      if (isTaught) labels.age = offered.age
      continue
    }
    labels[task] = offered[task]
    const absent = offered[task].filter((_, index) => !seen[task].has(index))
    if (absent.length > 0) {
      notes.push(`No training image is labelled ${absent.join(', ')} (${task}): the model cannot learn it.`)
    }
  }
  return { labels, notes }
}

/** A bin never invents years: images that have a bin alone teach a head in years nothing, but for one that learns bins. */
function judgeYears(
  images: readonly LabelledImage[],
  { isAgeByBins = false }: Pick<WantedHeads, 'isAgeByBins'>,
): { isTaught: boolean; note: string | null } {
  const withYears = images.filter(({ ageYears }) => ageYears !== null).length
  const binAlone = images.filter(({ ageYears, ageBin }) => ageYears === null && ageBin !== null).length
  if (withYears === 0) {
    return {
      isTaught: false,
      note: 'No image of the training part has an age in years, only bins: the model has no age head.',
    }
  }
  const fate = isAgeByBins
    ? 'They teach the age head its bins, which are spread over years by the others.'
    : 'The age head learns years and leaves them out.'
  const note = `Training images with an age bin but no years: ${formatCount(binAlone)}. ${fate}`
  return { isTaught: true, note: binAlone === 0 ? null : note }
}
