/** Above, few people have the same sums, and looking for them takes longer than it spares. */
const widestShared = 3
const mostKept = 4096

/** Numbers from 0 on for sums of units: the same for the same, as long as that is worth looking for. */
export class EqualSums {
  readonly #known = new Map<string, number>()
  readonly #width: number
  #count = 0

  constructor(width: number) {
    this.#width = width
  }

  get count(): number {
    return this.#count
  }

  /**
   * @param prefix what else has to be the same
   * @returns the number, and whether it is a new one
   */
  number(sums: Float64Array, prefix = ''): { readonly number: number; readonly isNew: boolean } {
    if (this.#width > widestShared || this.#known.size > mostKept) {
      return { number: this.#count++, isNew: true }
    }
    const key = `${prefix} ${sums.join()}`
    const known = this.#known.get(key)
    if (known !== undefined) return { number: known, isNew: false }
    this.#known.set(key, this.#count)
    return { number: this.#count++, isNew: true }
  }
}
