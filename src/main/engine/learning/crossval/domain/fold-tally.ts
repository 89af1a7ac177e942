import type { OutOfSampleResult } from '#shared/contract/crossval.contract.ts'
import { estimateProportion } from '#shared/domain/intervals.ts'

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

class Share {
  correct = 0
  n = 0

  add(isCorrect: boolean): void {
    this.n += 1
    if (isCorrect) this.correct += 1
  }

  get estimate() {
    return estimateProportion(this.correct, this.n)
  }
}

/** Adds up one task's out-of-sample answers, one image after another. */
export class FoldTally {
  readonly #whole = new Share()
  readonly #byRace: ReadonlyMap<string, Share>
  readonly #byFold: readonly Share[]
  readonly #loss = { sum: 0, n: 0 }
  readonly #years = { sum: 0, absolute: 0, squares: 0, n: 0 }

  /** @param races in the order to tell them in */
  constructor({ races, folds }: { readonly races: readonly string[]; readonly folds: number }) {
    this.#byRace = new Map(races.map((race) => [race, new Share()]))
    this.#byFold = Array.from({ length: folds }, () => new Share())
  }

  add({ fold, labelled, predicted, race, labelledYears, years, probabilities }: TalliedPrediction): void {
    if (years !== null && labelledYears !== null) this.#addYears(years - labelledYears)
    if (labelled === null) return
    const isCorrect = labelled === predicted
    this.#whole.add(isCorrect)
    this.#byFold[fold - 1]?.add(isCorrect)
    if (race !== null) this.#byRace.get(race)?.add(isCorrect)
    if (probabilities === null) return
    this.#loss.sum -= Math.log(Math.max(leastProbability, probabilities[labelled] ?? 0))
    this.#loss.n += 1
  }

  #addYears(error: number): void {
    this.#years.n += 1
    this.#years.sum += error
    this.#years.absolute += Math.abs(error)
    this.#years.squares += error * error
  }

  get result(): OutOfSampleResult {
    const { sum, n } = this.#loss
    const years = this.#years
    return {
      accuracy: this.#whole.estimate,
      byRace: [...this.#byRace]
        .filter(([, share]) => share.n > 0)
        .map(([group, share]) => ({ group, accuracy: share.estimate })),
      byFold: this.#byFold.map((share) => share.estimate),
      logLoss: n === 0 ? null : { value: sum / n, n },
      years:
        years.n === 0
          ? null
          : {
              n: years.n,
              mae: years.absolute / years.n,
              rmse: Math.sqrt(years.squares / years.n),
              bias: years.sum / years.n,
            },
    }
  }
}
