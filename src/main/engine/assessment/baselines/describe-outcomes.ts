import { formatCount } from '#shared/domain/format.ts'
import type { Task } from '#shared/domain/tasks.ts'
import type { AnsweredImage } from './baseline.repo.ts'

type Outcomes = readonly Pick<AnsweredImage, 'outcome'>[]

/** How figures are made of answers. */
export interface Figured {
  readonly undetected: 'counted' | 'excluded'
  /** Whether errors are measured in years: an image without years has none, and cannot count as one. */
  readonly ofYears: boolean
}

const count = (answered: Outcomes, wanted: AnsweredImage['outcome']): number =>
  answered.filter(({ outcome }) => outcome === wanted).length

/** In how many images the system found no face, and what becomes of them; nothing where it found one in all. */
export function describeUndetected(answered: Outcomes, { undetected, ofYears }: Figured): string[] {
  const lost = count(answered, 'undetected')
  if (lost === 0) return []
  const asked = answered.length - count(answered, 'notAsked')
  const fate =
    undetected === 'counted' && !ofYears ? 'they count as errors' : 'they are left out, which flatters it'
  return [`In ${formatCount(lost)} of ${formatCount(asked)} images it found no face: ${fate}.`]
}

/** Images about which nothing was said. */
export function describeLeftOut(answered: Outcomes): string[] {
  const unasked = count(answered, 'notAsked')
  if (unasked === 0) return []
  return [
    `About ${formatCount(unasked)} images it was not asked or answered with an error: they are left out.`,
  ]
}

/** Images that curation has removed since the answers were taken in. */
export const describeRemoved = (images: number): string[] =>
  images === 0 ? [] : [`${formatCount(images)} images that curation removed are left out.`]

const mostWords = 10

interface Said {
  readonly word: string | null
  readonly isMapped: boolean
}

/** Words of the system that stand for no label, the most frequent first, with the images of now. */
export function describeUnmapped(
  answers: readonly Readonly<Record<Task, Said>>[],
  { tasks, ofYears }: { readonly tasks: readonly Task[]; readonly ofYears: boolean },
): string[] {
  const images = new Map<string, number>()
  for (const said of answers) {
    for (const task of tasks) {
      const { word, isMapped } = said[task]
      if (word === null || isMapped) continue
      const name = `${task} ${JSON.stringify(word)}`
      images.set(name, (images.get(name) ?? 0) + 1)
    }
  }
  if (images.size === 0) return []
  const words = [...images].sort(([, a], [, b]) => b - a)
  const named = words.slice(0, mostWords).map(([name, n]) => `${name} (${formatCount(n)} images)`)
  const rest = words.length - named.length
  const start = ofYears
    ? 'Words that stand for no age in years are left out'
    : 'Words that stand for no label here count as wrong'
  return [`${start}: ${named.join(', ')}${rest === 0 ? '' : ` and ${formatCount(rest)} other words`}.`]
}
