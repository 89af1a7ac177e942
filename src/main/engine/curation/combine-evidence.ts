import type { LabelEvidence } from './compute-label-checks.ts'

interface Row {
  readonly source: LabelEvidence
  readonly row: number
}

/**
 * The mean of what several sources say about an image: each never saw it, and their mistakes differ. An image that one source
 * does not know, or whose label it has no class for, is left to the others.
 *
 * @param sources Of one task; with probabilities, without years. A class that a source lacks counts as 0 in its answers.
 * @param labelOf The label that an image carries now.
 */
export function combineEvidence(
  sources: readonly LabelEvidence[],
  labelOf: (imageId: number) => string | null,
): LabelEvidence {
  const [first] = sources
  if (first === undefined) throw new Error('There is nothing to combine')
  const classes = [...new Set(sources.flatMap((source) => source.classes))]
  const rowsOf = new Map<number, Row[]>()
  for (const source of sources) {
    source.imageIds.forEach((imageId, row) => {
      const rows = rowsOf.get(imageId) ?? []
      rows.push({ source, row })
      rowsOf.set(imageId, rows)
    })
  }
  const imageIds = Float64Array.from(rowsOf.keys()).sort()
  const probabilities = new Float32Array(imageIds.length * classes.length)
  imageIds.forEach((imageId, at) => {
    const label = labelOf(imageId) ?? ''
    const all = rowsOf.get(imageId) ?? []
    const able = all.filter(({ source }) => source.classes.includes(label))
    const rows = able.length === 0 ? all : able
    for (const { source, row } of rows) {
      source.classes.forEach((name, index) => {
        const cell = at * classes.length + classes.indexOf(name)
        const own = source.probabilities?.[row * source.classes.length + index] ?? 0
        probabilities[cell] = (probabilities[cell] ?? 0) + own / rows.length
      })
    }
  })
  return {
    task: first.task,
    classes,
    imageIds,
    probabilities,
    years: new Float64Array(imageIds.length).fill(NaN),
  }
}
