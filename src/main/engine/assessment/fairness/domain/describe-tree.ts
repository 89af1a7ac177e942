import type { ErrorTreeResult, TreeCondition } from '#shared/contract/fairness.contract.ts'
import { auditMeasures } from '#shared/domain/audit-measures.ts'
import { formatCount } from '#shared/domain/format.ts'
import { lookUp } from '#shared/domain/look-up.ts'
import { treeLimits, type Covariate, type Step } from '#engine/assessment/metrics/domain/error-tree.ts'

/** One step of a way to a leaf, in the words of its covariate. */
export function describeStep(
  { question: { covariate, relation, value }, isTrue }: Step,
  covariates: readonly Covariate[],
): TreeCondition {
  const asked = covariates[covariate]
  if (asked === undefined) throw new RangeError(`There is no covariate ${covariate}`)
  const { name, labels, values } = asked
  const facts = { covariate: name, label: null, cut: null, withUnknown: false }
  const isLabel = relation === 'is'
  if (relation === 'is known' || (isLabel && Number.isNaN(value))) {
    const isKnown = isTrue === (relation === 'is known')
    return { ...facts, relation: isKnown ? 'known' : 'not known', withUnknown: !isKnown }
  }
  const hasUnknown = values.some((own) => Number.isNaN(own))
  const withUnknown = !isTrue && hasUnknown
  if (isLabel)
    return { ...facts, relation: isTrue ? 'is' : 'is not', label: labels?.[value] ?? '', withUnknown }
  const side = { ...facts, relation: isTrue ? 'at most' : 'above', withUnknown } as const
  // Ordered labels are cut between two of them: the lower one is named.
  if (labels !== null) return { ...side, label: labels[Math.floor(value)] ?? '' }
  return { ...side, cut: value }
}

export const treeMethod = `Wrong answers by a classification tree (Gini's impurity, at most ${treeLimits.depth} questions, at least ${treeLimits.images} images of ${treeLimits.people} people in a leaf), grown on half of the people. Each leaf is then held against all others of the other half: intervals over people, corrected by Holm for all leaves. Only what the other half bears out is called confirmed.`

/** What a reader should know of the measures that were not there. */
export function noteCovariates(covariates: ErrorTreeResult['covariates'], images: number): string[] {
  const missing = covariates.flatMap(({ name, known }) => {
    const measure = lookUp(auditMeasures, name)
    return measure === undefined || known > 0 ? [] : [measure.title.toLowerCase()]
  })
  const partly = covariates.filter(({ known }) => known > 0 && known < images).length
  return [
    ...(missing.length === 0
      ? []
      : [`Not asked, for no scan has measured it: ${missing.join(', ')} (evenhand scan).`]),
    ...(partly === 0
      ? []
      : [
          `${formatCount(partly)} of what was asked is not known of every image; such images stand with those above a cut, or by themselves.`,
        ]),
  ]
}
