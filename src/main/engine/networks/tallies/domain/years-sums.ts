import type { YearsError } from '#shared/contract/run.contract.ts'

/** Errors in years added up, predicted less labelled. */
export class YearsSums {
  #n = 0
  #absolute = 0
  #squares = 0
  #sum = 0

  /** @param weight how often the image stands in a resample */
  add(error: number, weight = 1): void {
    this.#n += weight
    this.#absolute += weight * Math.abs(error)
    this.#squares += weight * error * error
    this.#sum += weight * error
  }

  get n(): number {
    return this.#n
  }

  get sum(): number {
    return this.#sum
  }

  /** NaN without any, as every mean here. */
  get meanAbsolute(): number {
    return this.#absolute / this.#n
  }

  get rootMeanSquare(): number {
    return Math.sqrt(this.#squares / this.#n)
  }

  get bias(): number {
    return this.#sum / this.#n
  }

  get summary(): YearsError | null {
    if (this.#n === 0) return null
    return { n: this.#n, mae: this.meanAbsolute, rmse: this.rootMeanSquare, bias: this.bias }
  }
}
