import type {
  IntegrityCheck,
  IntegrityCounts,
  IntegrityKind,
  IntegrityReport,
} from '#shared/contract/integrity.contract.ts'

/** Checks that do not hold are listed up to here; a folder that was moved away would fill the report. */
const brokenListed = 1000

/** So many of each that only those are listed that do not hold. */
const many: ReadonlySet<IntegrityKind> = new Set(['labels', 'image', 'thumbnail', 'decoded-images'])
/** Of the others, those that hold are listed up to here. */
const holdingListed = 500

const zero = (): { -readonly [Key in keyof IntegrityCounts]: number } => ({
  checked: 0,
  holding: 0,
  broken: 0,
  notRecorded: 0,
})

function count(counts: ReturnType<typeof zero>, { holds }: IntegrityCheck): void {
  counts.checked += 1
  if (holds === true) counts.holding += 1
  else if (holds === false) counts.broken += 1
  else counts.notRecorded += 1
}

/** Counts all checks, and keeps those that somebody has to know of. */
export class CheckCollector {
  readonly #isQuick: boolean
  readonly #total = zero()
  readonly #byKind = new Map<IntegrityKind, ReturnType<typeof zero>>()
  readonly #broken: IntegrityCheck[] = []
  readonly #others: IntegrityCheck[] = []
  #notListed = 0

  constructor(isQuick: boolean) {
    this.#isQuick = isQuick
  }

  add(check: IntegrityCheck): void {
    const own = this.#byKind.get(check.kind) ?? zero()
    this.#byKind.set(check.kind, own)
    count(own, check)
    count(this.#total, check)
    if (check.holds === false) {
      if (this.#broken.length < brokenListed) this.#broken.push(check)
      else this.#notListed += 1
    } else if (!many.has(check.kind) && this.#others.length < holdingListed) this.#others.push(check)
  }

  report(): IntegrityReport {
    return {
      holds: this.#total.broken === 0,
      isQuick: this.#isQuick,
      checks: [...this.#broken, ...this.#others],
      notListed: this.#notListed,
      counts: this.#total,
      countsByKind: Array.from(this.#byKind, ([kind, counts]) => ({ kind, ...counts })),
    }
  }
}
