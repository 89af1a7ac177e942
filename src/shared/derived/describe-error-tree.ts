import type { ErrorTreeResult, TreeCondition, TreeLeaf } from '#shared/contract/fairness.contract.ts'
import { auditMeasures } from '#shared/domain/audit-measures.ts'
import { formatCount, formatPercent } from '#shared/domain/format.ts'
import { lookUp } from '#shared/domain/look-up.ts'

const formatCut = (cut: number): string => String(Number(cut.toPrecision(3)))

/** All that is asked of one label or measure on the way to a leaf, as one phrase. */
function describeCovariate(name: string, asked: readonly TreeCondition[]): string {
  const measure = lookUp(auditMeasures, name)
  const title = measure?.title ?? `labelled ${name}`
  const of = (relation: TreeCondition['relation']) => asked.filter((one) => one.relation === relation)
  const [named] = of('is')
  if (named !== undefined) return `labelled ${named.label}`
  if (of('not known').length > 0) return `${title} not known`
  const others = of('is not').map(({ label }) => label ?? '')
  const unit = measure === undefined || measure.unit === '0 to 1' ? '' : ` ${measure.unit}`
  const bound = ({ cut, label }: TreeCondition): string =>
    cut === null ? (label ?? '') : `${formatCut(cut)}${unit}`
  // Each question cuts what those before left, so that the last of a kind is the closest.
  const [above, most] = [of('above').at(-1), of('at most').at(-1)]
  const bounds = [
    ...(above === undefined ? [] : [`above ${bound(above)}`]),
    ...(most === undefined ? [] : [`at most ${bound(most)}`]),
  ]
  const last = asked.at(-1)
  const suffix = last?.withUnknown === true ? ', or not known' : ''
  if (bounds.length > 0) return `${title} ${bounds.join(' and ')}${suffix}`
  if (others.length > 0) return `not labelled ${others.join(' or ')}${suffix}`
  return `${title} known`
}

/** "labelled Black; Brightness at most 0.41". */
export function describeConditions(conditions: readonly TreeCondition[]): string {
  const names = [...new Set(conditions.map(({ covariate }) => covariate))]
  return names
    .map((name) =>
      describeCovariate(
        name,
        conditions.filter(({ covariate }) => covariate === name),
      ),
    )
    .join('; ')
}

/** What the other half says of a leaf, in words. */
export function describeLeafState({ state, claim, held, rest }: TreeLeaf): string {
  if (state === 'confirmed') return claim === 'more' ? 'more errors: confirmed' : 'fewer errors: confirmed'
  if (state === 'not confirmed') return 'not confirmed'
  const [who, few] = held.wrong.n <= rest.wrong.n ? ['', held] : ['the rest has ', rest]
  return `not tested: ${who}${formatCount(few.wrong.n)} images of ${formatCount(few.people)} people on the other half`
}

/** A difference of shares in points with its corrected interval; nothing where there is none. */
export function formatLeafDifference({ difference }: TreeLeaf): string {
  if (difference === null) return ''
  const points = (value: number): string => `${value > 0 ? '+' : ''}${(value * 100).toFixed(1)}`
  return `${points(difference.value)} points (${points(difference.low)} to ${points(difference.high)})`
}

/** What the tree comes to, in a sentence or two. */
export function describeErrorTree({ leaves, held }: ErrorTreeResult): string {
  if (leaves.length === 0)
    return 'Nothing could be cut in two: on half of the people no label and no measure leaves 30 images of 10 people on both sides, or no answer is wrong.'
  const confirmed = leaves.filter(({ state }) => state === 'confirmed')
  const [worst] = confirmed.filter(({ claim }) => claim === 'more')
  const all =
    held.wrong.value === null ? '' : `, where ${formatPercent(held.wrong.value)}% of all answers are wrong`
  const told = `Of ${formatCount(leaves.length)} leaves ${formatCount(confirmed.length)} are confirmed on the people who took no part in finding them${all}.`
  if (worst === undefined || worst.held.wrong.value === null)
    return `${told} None is confirmed to have more errors than the rest.`
  return `${told} Most errors: ${describeConditions(worst.conditions)} (${formatPercent(worst.held.wrong.value)}% wrong).`
}
