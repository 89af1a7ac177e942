import type { DataVersionRepo } from './data-version.repo.ts'

/**
 * Sealed rows of the catalogue are read through once, and again when something outside this process has written it: our own
 * statements cannot change them, which their triggers see to.
 */
export class VerifiedOnce {
  readonly #versions: DataVersionRepo
  readonly #known = new Map<string, number>()

  constructor(versions: DataVersionRepo) {
    this.#versions = versions
  }

  /** Calls `verify`, which throws where something does not hold, unless it is known to hold. */
  async check(what: string, verify: () => Promise<void>): Promise<void> {
    const version = this.#versions.read()
    if (this.#known.get(what) === version) return
    await verify()
    this.#known.set(what, version)
  }
}
