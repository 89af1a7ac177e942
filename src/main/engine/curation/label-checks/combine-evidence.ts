import { weighSources } from '#engine/curation/label-checks/domain/weigh-sources.ts'
import type { LabelEvidence } from './compute-label-checks.ts'

interface Row {
  readonly source: LabelEvidence
  readonly weight: number
  readonly row: number
}

/** `[images, sources]` probability of each image's label, of the images whose label all sources can judge. */
function readLabelProbabilities(
  sources: readonly LabelEvidence[],
  labelOf: (imageId: number) => string | null,
): Float64Array {
  const [first, ...others] = sources.map((source) => {
    const column = new Map(source.classes.map((name, index) => [name, index]))
    const told = new Map<number, number>()
    source.imageIds.forEach((imageId, row) => {
      const index = column.get(labelOf(imageId) ?? '')
      if (index !== undefined) {
        told.set(imageId, source.probabilities?.[row * source.classes.length + index] ?? 0)
      }
    })
    return told
  })
  const known = [...(first ?? [])].flatMap(([imageId, own]) => {
    const all = [own, ...others.flatMap((told) => told.get(imageId) ?? [])]
    return all.length === sources.length ? all : []
  })
  return Float64Array.from(known)
}

interface CombinedEvidence {
  readonly evidence: LabelEvidence
  /** `[sources]`, summing to 1 */
  readonly weights: readonly number[]
}

/**
 * What several sources say about an image, averaged: each never saw it, and their mistakes differ. How much each counts is
 * worked out on the images that all of them know (`weighSources`). An image that one source does not know, or whose label it
 * has no class for, is left to the others.
 *
 * @param sources Of one task; several must have probabilities and no years. A class that a source lacks counts as 0 in its answers.
 * @param labelOf The label that an image carries now.
 */
export function combineEvidence(
  sources: readonly LabelEvidence[],
  labelOf: (imageId: number) => string | null,
): CombinedEvidence {
  const [first] = sources
  if (first === undefined) throw new Error('There is nothing to combine')
  if (sources.length === 1) return { evidence: first, weights: [1] }
  const weights = [...weighSources(readLabelProbabilities(sources, labelOf), sources.length)]
  const classes = [...new Set(sources.flatMap((source) => source.classes))]
  const rowsOf = new Map<number, Row[]>()
  sources.forEach((source, at) => {
    source.imageIds.forEach((imageId, row) => {
      const rows = rowsOf.get(imageId) ?? []
      rows.push({ source, weight: weights[at] ?? 0, row })
      rowsOf.set(imageId, rows)
    })
  })
  const imageIds = Float64Array.from(rowsOf.keys()).sort()
  const probabilities = new Float32Array(imageIds.length * classes.length)
  imageIds.forEach((imageId, at) => {
    const label = labelOf(imageId) ?? ''
    const all = rowsOf.get(imageId) ?? []
    const able = all.filter(({ source }) => source.classes.includes(label))
    const rows = able.length === 0 ? all : able
    const total = rows.reduce((sum, { weight }) => sum + weight, 0)
    for (const { source, weight, row } of rows) {
      const share = weight / total
      source.classes.forEach((name, index) => {
        const cell = at * classes.length + classes.indexOf(name)
        const own = source.probabilities?.[row * source.classes.length + index] ?? 0
        probabilities[cell] = (probabilities[cell] ?? 0) + own * share
      })
    }
  })
  const years = new Float64Array(imageIds.length).fill(NaN)
  return { evidence: { task: first.task, classes, imageIds, probabilities, years }, weights }
}
