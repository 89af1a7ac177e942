import type { DecisionRequest } from '#shared/contract/decision.contract.ts'
import { answer } from '#engine/base/procedures/handlers.ts'
import type { Lent } from '#engine/base/features/lent.ts'
import { ExchangeRepo } from '#engine/curation/decisions/exchange/exchange.repo.ts'
import { ExchangeService } from '#engine/curation/decisions/exchange/exchange.service.ts'
import { PictureMatcher } from '#engine/curation/decisions/exchange/picture-matcher.ts'
import type { GroupService } from '#engine/curation/checks/group.service.ts'
import type { ImageBrowseService } from '#engine/data/catalogue/image-browse.service.ts'
import type { ImageStateService } from '#engine/data/catalogue/image-state.service.ts'
import { Ledger } from '#engine/base/ledger/ledger.ts'
import { actLedger } from '#engine/curation/decisions/domain/act-line.ts'
import { ActChain } from './act-chain.ts'
import { ActRepo } from './act.repo.ts'
import { ActWriter } from './act-writer.ts'
import { DecisionRepo } from './decision.repo.ts'
import { DecisionService } from './decision.service.ts'
import { DecisionTargetService } from './decision-target.service.ts'
import { HeldDecisionRepo } from './held-decision.repo.ts'
import { HistoryService } from './history.service.ts'
import { DecidedStateService } from './decided-state.service.ts'
import { QueueCountRepo } from './queue-count.repo.ts'
import { ReviewRepo } from './review.repo.ts'

const manyImages = 200
const isForMany = ({ target }: DecisionRequest): boolean =>
  'query' in target
    ? target.expectedCount >= manyImages
    : 'groups' in target
      ? target.expectedGroups * 2 >= manyImages
      : 'images' in target && target.images.length >= manyImages

export function openDecisions(
  lent: Lent & {
    readonly images: ImageBrowseService
    readonly imageStates: ImageStateService
    readonly groups: GroupService
  },
) {
  const { db, folder, now, images, imageStates, groups, settings, publishChange, closers, copyBeside } = lent
  const acts = new ActRepo(db)
  const rows = new DecisionRepo(db)
  const states = new DecidedStateService({ images: imageStates, reviews: new ReviewRepo(db) })
  const chain = new ActChain({ acts, decisions: rows, ledger: new Ledger(db, actLedger) })
  const writer = new ActWriter({ db, acts, decisions: rows, chain, states, now })
  const decisions = new DecisionService({
    acts,
    decisions: rows,
    states,
    writer,
    targets: new DecisionTargetService({ states, groups, matchIds: (filter) => images.matchIds(filter) }),
    publishChange,
  })
  closers.defer(() => decisions.dispose())
  const history = new HistoryService({ acts, decisions: rows, queues: new QueueCountRepo(db) })
  const exchangeRows = new ExchangeRepo(db, folder.path)
  const exchange = new ExchangeService({
    exchange: exchangeRows,
    decisions: rows,
    states,
    writer,
    publishChange,
  })
  const held = new HeldDecisionRepo(db)
  return {
    services: { actChain: chain, decisions, pictureMatcher: new PictureMatcher(exchangeRows) },
    holder: { rows: held.rows, describeBuiltOn: (imageIds: readonly number[]) => held.describe(imageIds) },
    jobs: [],
    handlers: answer({
      'decision.decide': async (request, signal) => {
        const copy = isForMany(request) ? await copyBeside('decisions') : undefined
        const actor = await settings.nameReviewer(request.reviewer)
        return decisions.decide(request, { actor, signal, copy })
      },
      'decision.undo': async ({ actId, reviewer }, signal) =>
        decisions.undo({ actor: await settings.nameReviewer(reviewer), signal }, actId),
      'decision.redo': async ({ actId, reviewer }, signal) =>
        decisions.redo({ actor: await settings.nameReviewer(reviewer), signal }, actId),
      'decision.state': async ({ reviewer }) => history.state(await settings.nameReviewer(reviewer)),
      'decision.history': (request) => history.list(request),
      'decision.export': (request, signal) => exchange.export(request, signal),
      'decision.import': async ({ reviewer, ...order }, signal) => {
        const copy = await copyBeside('decisions')
        return exchange.import(order, { actor: await settings.nameReviewer(reviewer), signal, copy })
      },
      'decision.progress': ({ check }) => history.progress(check),
    }),
  }
}
