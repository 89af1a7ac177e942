import type { OutOfSampleResult } from '#shared/contract/crossval.contract.ts'
import { Share } from '#engine/networks/tallies/domain/share.ts'
import { YearsSums } from '#engine/networks/tallies/domain/years-sums.ts'

export interface TalliedPrediction {
  /** One-based. */
  readonly fold: number
  readonly labelled: number | null
  readonly predicted: number
  readonly race: string | null
  readonly labelledYears: number | null
  readonly years: number | null
  /** `[classes]`; null where the model gives years alone. */
  readonly probabilities: ArrayLike<number> | null
}

/** Smallest probability that a logarithm is taken of: that of a 32-bit number next to 1, so that a stored 0 stays finite. */
const leastProbability = 2 ** -23

/** Adds up one task's out-of-sample answers, one image after another. */
export class FoldTally {
  readonly #whole = new Share()
  readonly #byRace: ReadonlyMap<string, Share>
  readonly #byFold: readonly Share[]
  readonly #loss = { sum: 0, n: 0 }
  readonly #years = new YearsSums()

  /** @param races in the order to tell them in */
  constructor({ races, folds }: { readonly races: readonly string[]; readonly folds: number }) {
    this.#byRace = new Map(races.map((race) => [race, new Share()]))
    this.#byFold = Array.from({ length: folds }, () => new Share())
  }

  add({ fold, labelled, predicted, race, labelledYears, years, probabilities }: TalliedPrediction): void {
    if (years !== null && labelledYears !== null) this.#years.add(years - labelledYears)
    if (labelled === null) return
    const answered = { label: labelled, answer: predicted }
    this.#whole.add(answered)
    this.#byFold[fold - 1]?.add(answered)
    if (race !== null) this.#byRace.get(race)?.add(answered)
    if (probabilities === null) return
    this.#loss.sum -= Math.log(Math.max(leastProbability, probabilities[labelled] ?? 0))
    this.#loss.n += 1
  }

  get result(): OutOfSampleResult {
    const { sum, n } = this.#loss
    return {
      accuracy: this.#whole.estimate,
      byRace: [...this.#byRace]
        .filter(([, share]) => share.n > 0)
        .map(([group, share]) => ({ group, accuracy: share.estimate })),
      byFold: this.#byFold.map((share) => share.estimate),
      logLoss: n === 0 ? null : { value: sum / n, n },
      years: this.#years.summary,
    }
  }
}
