interface CheckResult {
  readonly name: string
  readonly isPassed: boolean
  readonly detail: string
  readonly seconds: number
}

/** A failure of the thing under test, as opposed to one of the check itself. */
export class Unmet extends Error {}

export function require(isMet: boolean, message: string): asserts isMet {
  if (!isMet) throw new Unmet(message)
}

/** Runs checks one after another, goes on after a failure, and prints one line for each as it ends. */
export class Checklist {
  readonly #results: CheckResult[] = []
  readonly #notes: string[] = []

  /** @returns what the check gives, or null when it failed. @param work gives a sentence of figures for the table */
  async check<Value>(
    name: string,
    work: () => Promise<{ readonly detail: string; readonly value: Value }>,
  ): Promise<Value | null> {
    const startedAt = performance.now()
    try {
      const { detail, value } = await work()
      this.#add({ name, isPassed: true, detail, seconds: (performance.now() - startedAt) / 1000 })
      return value
    } catch (error) {
      const detail =
        error instanceof Unmet ? error.message : String(error instanceof Error ? error.stack : error)
      this.#add({ name, isPassed: false, detail, seconds: (performance.now() - startedAt) / 1000 })
      return null
    }
  }

  /** Something that was not checked here, and why. */
  note(text: string): void {
    this.#notes.push(text)
    process.stdout.write(`  --    ${text}\n`)
  }

  /** @returns true when nothing failed. */
  summarise(): boolean {
    const failed = this.#results.filter(({ isPassed }) => !isPassed)
    const width = Math.max(0, ...this.#results.map(({ name }) => name.length))
    const lines = this.#results.map(
      ({ name, isPassed, seconds }) =>
        `${isPassed ? 'pass' : 'FAIL'}  ${name.padEnd(width)}  ${seconds.toFixed(1).padStart(7)} s`,
    )
    process.stdout.write(`\n${lines.join('\n')}\n`)
    for (const note of this.#notes) process.stdout.write(`Not checked: ${note}\n`)
    for (const { name, detail } of failed) process.stdout.write(`\n${name}: ${detail}\n`)
    process.stdout.write(
      `\nacceptance: ${this.#results.length - failed.length} passed, ${failed.length} failed\n`,
    )
    return failed.length === 0
  }

  #add(result: CheckResult): void {
    this.#results.push(result)
    process.stdout.write(`  ${result.isPassed ? 'pass' : 'FAIL'}  ${result.name}: ${result.detail}\n`)
  }
}
