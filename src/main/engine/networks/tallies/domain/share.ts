import { estimateProportion, type Estimate } from '#shared/domain/intervals.ts'

/** Right answers among those to labelled images. */
export class Share {
  #correct = 0
  #n = 0

  get n(): number {
    return this.#n
  }

  add({ label, answer }: { readonly label: number; readonly answer: number }): void {
    this.#n += 1
    if (label === answer) this.#correct += 1
  }

  /** With its 95 % Wilson interval. */
  get estimate(): Estimate {
    return estimateProportion(this.#correct, this.#n)
  }
}
