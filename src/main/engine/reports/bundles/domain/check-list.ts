import type { BundleCheck, BundleVerdict } from '#shared/contract/report.contract.ts'

/** Checks of one kind that hold are told as one; what does not hold, or was not looked at, is told line by line. */
interface Kind {
  readonly what: string
  holding: number
}

/** More lines that do not hold are counted and not listed. */
const mostListed = 500

/** What was looked at in a bundle, and what of it holds. */
export class CheckList {
  readonly #kinds = new Map<string, Kind>()
  readonly #told: BundleCheck[] = []
  #broken = 0
  #notChecked = 0

  /** @param kind what checks of its sort are called together */
  check(
    line: string,
    { kind, what, expected, found }: { kind: string; what: string; expected: string; found: string },
  ): boolean {
    if (expected === found) {
      this.hold(kind, what)
      return true
    }
    this.breaks(line, { what, expected, found })
    return false
  }

  hold(kind: string, what: string): void {
    const known = this.#kinds.get(kind)
    if (known === undefined) this.#kinds.set(kind, { what, holding: 1 })
    else known.holding += 1
  }

  breaks(
    line: string,
    { what, expected, found }: { what: string; expected: string | null; found: string | null },
  ): void {
    this.#broken += 1
    if (this.#broken <= mostListed) this.#told.push({ line, what, expected, found, holds: false })
  }

  skip(line: string, { what, why }: { what: string; why: string }): void {
    this.#notChecked += 1
    this.#told.push({ line, what, expected: null, found: why, holds: null })
  }

  finish(about: Pick<BundleVerdict, 'file' | 'sha256' | 'subject'>): BundleVerdict {
    const kinds = [...this.#kinds].map(([kind, { what, holding }]) => ({
      line: kind,
      what: holding === 1 ? what : `${kind}: all of them`,
      expected: String(holding),
      found: String(holding),
      holds: true,
    }))
    const holding = [...this.#kinds.values()].reduce((sum, one) => sum + one.holding, 0)
    return {
      ...about,
      holds: this.#broken === 0,
      counts: {
        checked: holding + this.#broken,
        holding,
        broken: this.#broken,
        notChecked: this.#notChecked,
      },
      checks: [
        ...this.#told.filter(({ holds }) => holds === false),
        ...kinds,
        ...this.#told.filter(({ holds }) => holds === null),
      ],
    }
  }
}
