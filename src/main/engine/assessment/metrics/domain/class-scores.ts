export interface ClassScores {
  /** Mean recall over the classes that are labelled; NaN without any. */
  readonly balancedAccuracy: number
  /** Mean F1 over the classes that are labelled or predicted; NaN without any. */
  readonly macroF1: number
}

/** Scores of a confusion matrix `[labelled, predicted]`, as scikit-learn's of the same names with their defaults. */
export function scoreClasses(counts: readonly ArrayLike<number>[]): ClassScores {
  const recalls: number[] = []
  const f1s: number[] = []
  counts.forEach((row, label) => {
    let labelled = 0
    let predicted = 0
    for (let other = 0; other < counts.length; other++) {
      labelled += row[other] ?? 0
      predicted += counts[other]?.[label] ?? 0
    }
    const correct = row[label] ?? 0
    if (labelled > 0) recalls.push(correct / labelled)
    if (labelled + predicted > 0) f1s.push((2 * correct) / (labelled + predicted))
  })
  return { balancedAccuracy: findMean(recalls), macroF1: findMean(f1s) }
}

function findMean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
