import { once } from 'node:events'
import type * as z from 'zod'
import type { Engine } from '#engine/engine.ts'
import { remember } from '#engine/base/kernel/remember.ts'
import type { JobId } from '#shared/contract/base.contract.ts'
import type { JobSnapshot } from '#shared/contract/job.contract.ts'
import type { LastResort } from '../last-resort.ts'
import { createLocalClient, type LocalClient } from '../local-client.ts'
import type { CliIo } from './cli-io.ts'
import { escapeControls } from '#shared/domain/escape-controls.ts'
import { requireProject } from './find-project.ts'
import { followJob, readJobResult } from './follow-job.ts'
import { ProgressLine } from './progress-line.ts'

export interface CommandOutcome {
  /** The one document of `--json`. */
  readonly json: unknown
  /** The same for a person. */
  readonly text: string
  readonly exitCode?: number
}

export interface EngineSession {
  readonly engine: Engine
  readonly client: LocalClient
}

/** What a command works with; the engine starts only when a command asks for it. */
export class CommandContext {
  readonly io: CliIo
  /** Aborted at the first Ctrl-C. */
  readonly signal: AbortSignal
  readonly projectFlag: string | undefined
  readonly isJson: boolean
  /** The built window, for commands that serve it. */
  readonly windowFolder: string
  /** The engine, once. */
  readonly openEngine: () => Promise<EngineSession>
  readonly #keepServing: LastResort['keepServing']
  readonly #closers = new AsyncDisposableStack()

  constructor(deps: {
    io: CliIo
    signal: AbortSignal
    projectFlag: string | undefined
    isJson: boolean
    windowFolder: string
    openEngine: () => Promise<Engine>
    keepServing: LastResort['keepServing']
  }) {
    this.io = deps.io
    this.signal = deps.signal
    this.projectFlag = deps.projectFlag
    this.isJson = deps.isJson
    this.windowFolder = deps.windowFolder
    this.#keepServing = deps.keepServing
    this.openEngine = remember(async () => {
      const engine = await deps.openEngine()
      this.#closers.defer(() => engine.dispose())
      return { engine, client: createLocalClient(engine.router) }
    })
  }

  /** The engine with the project of `--project`, or the nearest one, open. @param from where the nearest is looked for */
  async openProject(from = this.io.workingFolder): Promise<EngineSession> {
    const folder = requireProject(this.projectFlag, from)
    const session = await this.openEngine()
    const { files } = await session.client.project.open({ folder })
    if (files.notice !== null) this.note(files.notice)
    return session
  }

  /** Shows a job's progress until it ends, whatever the outcome. */
  async followJob(jobId: JobId): Promise<JobSnapshot> {
    const session = await this.openEngine()
    const progress = new ProgressLine({ sink: this.io.stderr, now: () => performance.now() })
    try {
      const onProgress = progress.show.bind(progress)
      return await followJob({ ...session, jobId, signal: this.signal, onProgress })
    } finally {
      progress.end()
    }
  }

  /** The same, and reads what the job made. */
  async awaitJob<Result>(jobId: JobId, schema: z.ZodType<Result>, howToContinue: string): Promise<Result> {
    return readJobResult(await this.followJob(jobId), schema, howToContinue)
  }

  note(text: string): void {
    this.io.stderr.write(`${escapeControls(text)}\n`)
  }

  /** Waits for Ctrl-C; until then a failure that nobody caught does not end the command. */
  async serveUntilStopped(): Promise<void> {
    await this.#keepServing(async () => {
      if (!this.signal.aborted) await once(this.signal, 'abort')
    })
  }

  dispose(): Promise<void> {
    return this.#closers.disposeAsync()
  }
}
