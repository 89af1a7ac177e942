interface Point {
  readonly step: number
  readonly value: number
}

/** One curve of at most twice `keptAtMost` points while it grows, however many come. */
class GrowingCurve {
  readonly #keptAtMost: number
  #points: Point[] = []
  #last: Point | null = null
  #seen = 0
  #stride = 1

  constructor(keptAtMost: number) {
    this.#keptAtMost = keptAtMost
  }

  get isThinned(): boolean {
    return this.#stride > 1
  }

  add(point: Point): void {
    if (this.#seen % this.#stride === 0) this.#points.push(point)
    this.#seen += 1
    this.#last = point
    if (this.#points.length < this.#keptAtMost * 2) return
    this.#points = this.#points.filter((_, index) => index % 2 === 0)
    this.#stride *= 2
  }

  dropFrom(step: number): void {
    this.#points = this.#points.filter((point) => point.step < step)
    if (this.#last !== null && this.#last.step >= step) this.#last = this.#points.at(-1) ?? null
  }

  /** `[step, value]` pairs by rising step, the last written one of a step, the newest point always. */
  toPairs(): Float64Array<ArrayBuffer> {
    const bySteps = new Map(
      [...this.#points, ...(this.#last === null ? [] : [this.#last])].map((one) => [one.step, one]),
    )
    const points = [...bySteps.values()].sort((a, b) => a.step - b.step)
    return Float64Array.from(points.flatMap(({ step, value }) => [step, value]))
  }
}

export interface CollectedCurve {
  readonly tag: string
  readonly points: Float64Array<ArrayBuffer>
}

/** Scalars by tag, thinned evenly where there are too many to draw. */
export class CurveCollector {
  readonly #limits: { readonly tags: number; readonly points: number }
  readonly #curves = new Map<string, GrowingCurve>()
  readonly #leftOut = new Set<string>()

  constructor(limits: { readonly tags: number; readonly points: number }) {
    this.#limits = limits
  }

  add(tag: string, point: Point): void {
    const known = this.#curves.get(tag)
    if (known !== undefined) known.add(point)
    else if (this.#curves.size < this.#limits.tags) {
      const curve = new GrowingCurve(this.#limits.points)
      curve.add(point)
      this.#curves.set(tag, curve)
    } else if (this.#leftOut.size < this.#limits.tags) this.#leftOut.add(tag)
  }

  /** Forgets what a restart took back from the curves of one folder. */
  dropFrom(step: number, belongs: (tag: string) => boolean): void {
    for (const [tag, curve] of this.#curves) if (belongs(tag)) curve.dropFrom(step)
  }

  collect(): { curves: CollectedCurve[]; notes: string[] } {
    const all = [...this.#curves].map(([tag, curve]) => ({ tag, points: curve.toPairs() }))
    const thinned = [...this.#curves.values()].filter(({ isThinned }) => isThinned).length
    const notes = [
      ...(thinned === 0
        ? []
        : [
            `Curves thinned evenly to between ${this.#limits.points} and ${this.#limits.points * 2} points: ${thinned}.`,
          ]),
      ...(this.#leftOut.size === 0
        ? []
        : [
            `Curves beyond the first ${this.#limits.tags} were left out: ${[...this.#leftOut][0]} and others.`,
          ]),
    ]
    return { curves: all.filter(({ points }) => points.length > 0), notes }
  }
}
