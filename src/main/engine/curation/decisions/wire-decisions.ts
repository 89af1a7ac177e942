import type { ImageFilter } from '#shared/contract/image.contract.ts'
import type { Topic } from '#shared/contract/system.contract.ts'
import type { Db } from '#engine/base/db/db.ts'
import type { Clock } from '#engine/base/kernel/clock.ts'
import { ActRepo } from './act.repo.ts'
import { ActWriter } from './act-writer.ts'
import { DecisionService } from './decision.service.ts'
import { ExchangeRepo } from '#engine/curation/decisions/exchange/exchange.repo.ts'
import { ExchangeService } from '#engine/curation/decisions/exchange/exchange.service.ts'
import { HistoryService } from './history.service.ts'
import { ImageStateRepo } from './image-state.repo.ts'
import { QueueCountRepo } from './queue-count.repo.ts'

interface DecisionDeps {
  readonly db: Db
  readonly folder: { readonly path: string }
  readonly now: Clock
  readonly catalogue: { matchIds(filter: ImageFilter): Promise<Iterable<number>> }
  readonly publishChange: (topics: readonly Topic[]) => void
  /** Closed with the project. */
  readonly closers: AsyncDisposableStack
}

/** Decisions of one open project, and their history. */
export function wireDecisions({ db, folder, now, catalogue, publishChange, closers }: DecisionDeps) {
  const acts = new ActRepo(db)
  const states = new ImageStateRepo(db)
  const writer = new ActWriter({ db, acts, states, now })
  const decisions = new DecisionService({
    acts,
    states,
    writer,
    matchIds: (filter) => catalogue.matchIds(filter),
    publishChange,
  })
  closers.defer(() => decisions.dispose())
  const history = new HistoryService({ acts, queues: new QueueCountRepo(db) })
  const exchange = new ExchangeService({
    exchange: new ExchangeRepo(db, folder.path),
    acts,
    states,
    writer,
    publishChange,
  })
  return { services: { decisions, history, exchange } }
}
