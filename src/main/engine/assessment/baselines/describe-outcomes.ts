import { formatCount } from '#shared/domain/format.ts'
import type { AnsweredImage, BaselineRow } from './baseline.repo.ts'

type Outcomes = readonly Pick<AnsweredImage, 'outcome'>[]

const count = (answered: Outcomes, wanted: AnsweredImage['outcome']): number =>
  answered.filter(({ outcome }) => outcome === wanted).length

/** In how many images the system found no face, and what becomes of them; nothing where it found one in all. */
export function describeUndetected(answered: Outcomes, undetected: 'counted' | 'excluded'): string[] {
  const lost = count(answered, 'undetected')
  if (lost === 0) return []
  const asked = answered.length - count(answered, 'notAsked')
  return [
    `In ${formatCount(lost)} of ${formatCount(asked)} images it found no face: ${undetected === 'counted' ? 'they count as errors' : 'they are left out, which flatters it'}.`,
  ]
}

/** Images about which nothing was said. */
export function describeLeftOut(answered: Outcomes): string[] {
  const unasked = count(answered, 'notAsked')
  if (unasked === 0) return []
  return [
    `About ${formatCount(unasked)} images it was not asked or answered with an error: they are left out.`,
  ]
}

/** Words of the system that no label stands for. */
export function describeUnmapped({ record }: Pick<BaselineRow, 'record'>): string[] {
  const unmapped = record.mapping.filter(({ to }) => to === null)
  if (unmapped.length === 0) return []
  return [
    `Words that stand for no label here count as wrong: ${unmapped.map(({ task, from, images }) => `${task} "${from}" (${formatCount(images)} images)`).join(', ')}.`,
  ]
}
