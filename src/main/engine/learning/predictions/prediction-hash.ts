import { createHash } from 'node:crypto'

interface StoredAnswer {
  readonly task: string
  readonly imageId: number
  readonly labelled: number | null
  readonly predicted: number
  readonly years: number | null
  readonly probabilities: Uint8Array
  /** Of cross-validations, where each fold has its own run. */
  readonly runId?: number
}

/** SHA-256 over stored answers in the order of task and image: one line of JSON each. */
export class PredictionHash {
  readonly #hash = createHash('sha256')

  add({ task, imageId, labelled, predicted, years, probabilities, runId }: StoredAnswer): void {
    const numbers = Buffer.from(probabilities).toString('hex')
    const line = [task, imageId, labelled, predicted, years, numbers]
    this.#hash.update(`${JSON.stringify(runId === undefined ? line : [...line, runId])}\n`)
  }

  /** Once, at the end. */
  read(): string {
    return this.#hash.digest('hex')
  }
}
