import type {
  CertificateBreak,
  CertificateStanding,
  CertificateState,
  LeakFindings,
  LeakJoins,
} from '#shared/contract/leakage.contract.ts'
import { formatCount } from '#shared/domain/format.ts'

const count = (n: number, one: string, many: string): string => `${formatCount(n)} ${n === 1 ? one : many}`

export const certificateWords: Readonly<Record<CertificateState, string>> = {
  clean: 'certified: no leak was found',
  undecided: 'not decided yet',
  leaks: 'leaks',
  stale: 'the certificate is broken',
}

/** What stands in several parts, in words; empty where nothing does. */
export function describeJoins(joins: LeakJoins): string[] {
  const { identity, file, pixel, person, group } = joins
  return [
    ...(identity > 0 ? [`${count(identity, 'named person', 'named people')} in several parts`] : []),
    ...(person > 0
      ? [`${count(person, 'inferred or decided person', 'inferred or decided people')} in several parts`]
      : []),
    ...(file > 0 ? [`${count(file, 'file', 'files')} in several parts`] : []),
    ...(pixel > 0 ? [`${count(pixel, 'picture', 'pictures')} with equal pixels in several parts`] : []),
    ...(group > 0 && identity + person + file + pixel === 0
      ? [`${count(group, 'group', 'groups')} in several parts by way of images that stand in none`]
      : []),
  ]
}

/** Why a certificate cannot be clean whatever is said of its pairs; empty where all was compared. */
export function describeUncompared({
  compared,
  threshold,
  usualThreshold = 0,
}: Pick<LeakFindings, 'compared' | 'threshold' | 'usualThreshold'>): string[] {
  const { images, pictures, facesUnsought = 0 } = compared
  return [
    ...(pictures < images
      ? [`${count(images - pictures, 'picture was', 'pictures were')} not compared: scan first.`]
      : []),
    ...(facesUnsought > 0
      ? [`In ${count(facesUnsought, 'image', 'images')} no scan has looked for faces: scan faces first.`]
      : []),
    ...(threshold !== null && threshold < usualThreshold
      ? [`Faces were compared up to ${threshold} alone, nearer than the usual ${usualThreshold}.`]
      : []),
  ]
}

/** What has come between a certificate and now. */
export function describeBreak({ kind, count: n }: CertificateBreak): string {
  const of = (one: string, many: string): string => count(n ?? 0, one, many)
  switch (kind) {
    case 'split':
      return 'images of the split were erased'
    case 'identity':
      return `${of('named person stands', 'named people stand')} in several parts now`
    case 'person':
      return `${of('person stands', 'people stand')} in several parts now, by what was inferred or decided since`
    case 'file':
      return `${of('file stands', 'files stand')} in several parts now`
    case 'pixel':
      return `${of('picture stands', 'pictures stand')} in several parts now`
    case 'group':
      return `${of('group is', 'groups are')} cut now, by ties that came since or by an image that was brought back`
    case 'near':
      return `a scan has found ${of('new group', 'new groups')} of near copies in several parts`
    case 'members':
      return 'the images of the split are others'
    case 'pictures':
      return 'pictures were measured anew'
    case 'faces':
      return 'faces were described anew'
    case 'threshold':
      return 'people are inferred at another distance now'
    case 'pairs':
      return `${of('pair is', 'pairs are')} near now that ${n === 1 ? 'was' : 'were'} not`
    case 'record':
      return 'the record of the certificate was changed outside Evenhand'
    default:
      return kind satisfies never
  }
}

/** One sentence on what is wrong with the certificate of a split. */
export function describeBroken(
  { state, broken, joins }: Pick<CertificateStanding, 'state' | 'broken' | 'joins'>,
  name: string,
): string {
  const since = broken.map(describeBreak)
  if (state === 'leaks') {
    const what = joins === null ? [] : describeJoins(joins)
    return `Split ${name} leaks: ${(what.length > 0 ? what : ['a pair in two parts is the same person or picture']).join('; ')}.`
  }
  return `The leakage certificate of split ${name} no longer holds: ${since.join('; ')}.`
}

/** What is left to do about a certificate. */
export function adviseOn({ state }: Pick<CertificateStanding, 'state'>): string {
  switch (state) {
    case null:
      return 'Look for leaks to get a certificate.'
    case 'clean':
      return ''
    case 'undecided':
      return 'Decide the pairs that are near each other, or scan what was not compared and certify anew.'
    case 'leaks':
      return 'Split again: the new split keeps what belongs together in one part. If a merge was wrong, take it back.'
    case 'stale':
      return 'Certify anew.'
    default:
      return state satisfies never
  }
}

const percent = (value: number): string => `${(value * 100).toFixed(1)}%`

/** What the comparison did not see, as far as it can be told. */
export function describeMissed(
  findings: Pick<LeakFindings, 'threshold' | 'missed' | 'missedPairs' | 'thresholdOf'>,
): string {
  const { threshold, missed, missedPairs, thresholdOf } = findings
  if (threshold === null)
    return 'No face was compared, so that people who are not named may stand in several parts unseen.'
  const { value, low, high, n } = missed
  if (value === null || low === null || high === null)
    return thresholdOf === 'default'
      ? 'Nobody has been inferred here, so that the share of pairs of one person that this misses is not known.'
      : 'How many pairs of one person this misses is not known at this threshold.'
  const share = `Of pairs of one person ${percent(value)} (95% interval ${percent(low)} to ${percent(high)}, n = ${formatCount(n)}) are farther apart and not seen`
  if (missedPairs === null) return `${share}.`
  const number = (x: number): string => formatCount(Math.round(x))
  return `${share}: about ${number(missedPairs.value)} (${number(missedPairs.low)} to ${number(missedPairs.high)}) such pairs may stand in two parts.`
}
