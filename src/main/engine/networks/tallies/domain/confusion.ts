import { estimateProportion, type Estimate } from '#shared/domain/intervals.ts'

/** Answers counted against labels. */
export class Confusion {
  /** `[labels, answers]` */
  readonly counts: readonly number[][]

  constructor(classes: number) {
    this.counts = Array.from({ length: classes }, () => Array.from({ length: classes }, () => 0))
  }

  /** A label or answer that is no class, such as -1, counts nowhere. @param weight how often the image stands in a resample */
  add(label: number, answer: number, weight = 1): void {
    // Reading outside an array is slow, and a bootstrap adds millions.
    const answers = label < 0 || answer < 0 ? undefined : this.counts[label]
    if (answers !== undefined && answer < answers.length) answers[answer]! += weight
  }

  get n(): number {
    return this.countNear(Infinity)
  }

  /** Answers that lie at most so many classes from the label. */
  countNear(reach: number): number {
    let sum = 0
    this.counts.forEach((answers, label) =>
      answers.forEach((count, answer) => {
        if (Math.abs(label - answer) <= reach) sum += count
      }),
    )
    return sum
  }

  get accuracy(): Estimate {
    return estimateProportion(this.countNear(0), this.n)
  }

  /** Of the images that carry the label. */
  accuracyOf(label: number): Estimate {
    const answers = this.counts[label] ?? []
    return estimateProportion(
      answers[label] ?? 0,
      answers.reduce((sum, count) => sum + count, 0),
    )
  }
}
