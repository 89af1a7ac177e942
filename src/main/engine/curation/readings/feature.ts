import { answer } from '#engine/base/procedures/handlers.ts'
import type { Lent } from '#engine/base/features/lent.ts'
import type { DecisionService } from '#engine/curation/decisions/decision.service.ts'
import type { ImageStateService } from '#engine/data/catalogue/image-state.service.ts'
import { ReadingRepo } from './reading.repo.ts'
import { ReadingService } from './reading.service.ts'
import { SettlementService } from './settlement.service.ts'

interface ReadingsLent extends Lent {
  readonly imageStates: ImageStateService
  readonly decisions: DecisionService
}

export function openReadings({ db, now, publishChange, settings, imageStates, decisions }: ReadingsLent) {
  const repo = new ReadingRepo(db)
  const readings = new ReadingService({ readings: repo, imageStates, decisions, now, publishChange })
  const settlements = new SettlementService({
    readings: repo,
    service: readings,
    decisions,
    imageStates,
    now,
  })
  return {
    services: {},
    holder: {
      rows: repo.held,
      describeBuiltOn: (imageIds: readonly number[]) =>
        repo.readingsOf(imageIds).map((id) => `second reading ${id}`),
    },
    jobs: [],
    handlers: answer({
      'reading.start': async ({ reviewer, ...request }) =>
        readings.start({ ...request, actor: await settings.nameReviewer(reviewer) }),
      'reading.list': () => readings.list(),
      'reading.get': ({ readingId }) => readings.get(readingId),
      'reading.images': ({ readingId }) => readings.listImages(readingId),
      'reading.answer': (request) => readings.answer(request),
      'reading.finish': ({ readingId }) => readings.finish(readingId),
      'reading.settle': async (order, signal) => {
        const actor = await settings.nameReviewer(order.reviewer)
        const outcome = settlements.settle(order, { actor, signal })
        publishChange(['decisions'])
        return { ...readings.result(order.readingId), outcome }
      },
      'reading.result': ({ readingId }) => readings.result(readingId),
    }),
  }
}
