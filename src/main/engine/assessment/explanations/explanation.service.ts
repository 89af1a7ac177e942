import { LRUCache } from 'lru-cache'
import type * as z from 'zod'
import {
  explanationId,
  type explanationContract,
  type ExplanationId,
  type ExplanationState,
} from '#shared/contract/explanation.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { isCancellation } from '#engine/base/kernel/cancellation.ts'
import { describeFailure } from '#engine/base/kernel/describe-failure.ts'
import type { Logger } from '#engine/base/kernel/logger.ts'
import type { PictureSource } from './picture-source.ts'
import { explainFor, type ExplainForDeps } from './explain-for.ts'

type Asked = z.output<NonNullable<(typeof explanationContract.start)['~orpc']['inputSchema']>>

interface ExplanationServiceDeps {
  readonly pictures: PictureSource
  readonly serving: ExplainForDeps
  readonly logger: Logger
}

interface Kept {
  state: ExplanationState
  readonly abort: AbortController
  readonly ended: Promise<void>
}

/** So many are remembered, running or not; each holds some pictures of a few hundred kilobytes. */
const explanationsKept = 24

/** Explanations that a window began and looks at: in memory, since a recipe makes each of them again. */
export class ExplanationService {
  readonly #deps: ExplanationServiceDeps
  readonly #kept = new LRUCache<ExplanationId, Kept>({
    max: explanationsKept,
    dispose: ({ abort }) => abort.abort(),
  })
  #last = 0

  constructor(deps: ExplanationServiceDeps) {
    this.#deps = deps
  }

  /** Throws NOT_FOUND for an image or a picture that there is not; what comes later stands in the state. */
  async start({ of, modelId, settings }: Asked): Promise<{ explanationId: ExplanationId }> {
    const { serving } = this.#deps
    const given = await this.#deps.pictures.read(of)
    const id = explanationId.parse(++this.#last)
    const abort = new AbortController()
    const model = modelId === undefined ? null : { modelId }
    const running = explainFor(
      serving,
      { ...given, model, settings },
      {
        asker: { kind: 'window' },
        signal: abort.signal,
        onNews: ({ progress, soFar }) => this.#change(id, { progress, ...(soFar && { explanation: soFar }) }),
      },
    )
    const ended = running.then(
      (explanation) => this.#change(id, { state: 'done', explanation }),
      (error: unknown) => this.#fail(id, error),
    )
    const state: ExplanationState = {
      explanationId: id,
      of,
      state: 'running',
      progress: { phase: 'Opening the model', done: 0, total: 0 },
      explanation: null,
      failure: null,
    }
    this.#kept.set(id, { state, abort, ended })
    return { explanationId: id }
  }

  /** Throws NOT_FOUND for one that is not, or no longer, remembered. */
  read(id: ExplanationId): ExplanationState {
    return this.#require(id).state
  }

  /** The best map so far stays. */
  async cancel(id: ExplanationId): Promise<ExplanationState> {
    const { abort, ended } = this.#require(id)
    abort.abort()
    await ended
    return this.read(id)
  }

  /** Whoever looked at it no longer does; one that is not remembered is forgotten already. */
  forget(id: ExplanationId): Record<string, never> {
    this.#kept.delete(id)
    return {}
  }

  /** Stops and lets go of the explanations of images that are erased, and of all pictures that were dropped, which may be the same. */
  forgetErased(images: ReadonlySet<number>): void {
    const gone = Array.from(this.#kept.entries()).filter(([, { state }]) => {
      const { of } = state
      return 'picture' in of || images.has(of.imageId)
    })
    for (const [id] of gone) this.#kept.delete(id)
  }

  async stop(): Promise<void> {
    const ending = [...this.#kept.values()].map(({ ended }) => ended)
    this.#kept.clear()
    await Promise.all(ending)
  }

  #require(id: ExplanationId): Kept {
    const kept = this.#kept.get(id)
    if (kept !== undefined) return kept
    throw new AppError(
      'NOT_FOUND',
      `Explanation ${id} is no longer remembered. Explain the image again: the same settings make the same map.`,
    )
  }

  #change(id: ExplanationId, change: Partial<ExplanationState>): void {
    const kept = this.#kept.peek(id)
    if (kept !== undefined) kept.state = { ...kept.state, ...change }
  }

  #fail(id: ExplanationId, error: unknown): void {
    const isCancelled = isCancellation(error)
    this.#change(
      id,
      isCancelled
        ? { state: 'cancelled' }
        : { state: 'failed', failure: describeFailure(error, this.#deps.logger, { explanation: id }) },
    )
  }
}
