import type { EngineImplementer } from '#engine/base/kernel/implementer.ts'
import type { UserSettingsStore } from '#engine/base/settings/user-settings.ts'
import type { Caller, DecisionService } from './decision.service.ts'
import type { ExchangeService } from '#engine/curation/decisions/exchange/exchange.service.ts'
import type { HistoryService } from './history.service.ts'

interface DecisionHandlerDeps {
  /** Gives the open project's services, or throws PRECONDITION. */
  readonly services: () => {
    readonly decisions: DecisionService
    readonly history: HistoryService
    readonly exchange: ExchangeService
  }
  readonly settings: UserSettingsStore
}

export function createDecisionHandlers(
  os: EngineImplementer['decision'],
  { services, settings }: DecisionHandlerDeps,
) {
  const nameActor = async (reviewer: string | undefined): Promise<string> =>
    reviewer ?? (await settings.get()).reviewer
  const describeCaller = async (
    { reviewer }: { readonly reviewer?: string | undefined },
    signal: AbortSignal | undefined,
  ): Promise<Caller> => ({
    actor: await nameActor(reviewer),
    signal: signal ?? new AbortController().signal,
  })
  return {
    decide: os.decide.handler(async ({ input, signal }) =>
      services().decisions.decide(input, await describeCaller(input, signal)),
    ),
    undo: os.undo.handler(async ({ input, signal }) =>
      services().decisions.undo(await describeCaller(input, signal), input.actId),
    ),
    redo: os.redo.handler(async ({ input, signal }) =>
      services().decisions.redo(await describeCaller(input, signal), input.actId),
    ),
    state: os.state.handler(async ({ input }) => services().history.state(await nameActor(input.reviewer))),
    history: os.history.handler(({ input }) =>
      services().history.list({ imageId: input.imageId, cursor: input.cursor, limit: input.limit }),
    ),
    export: os.export.handler(({ input, signal }) =>
      services().exchange.export(input, signal ?? new AbortController().signal),
    ),
    import: os.import.handler(async ({ input, signal }) => {
      const { file, format, isDryRun, replace } = input
      const order = { file, format, isDryRun, replace }
      return services().exchange.import(order, await describeCaller(input, signal))
    }),
    progress: os.progress.handler(({ input }) => services().history.progress(input.check)),
  }
}
