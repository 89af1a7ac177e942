import { answer } from '#engine/base/procedures/handlers.ts'
import type { AccessLog } from '#engine/base/access-log/access-log.service.ts'
import type { Lent } from '#engine/base/features/lent.ts'
import { PurposeService } from './purpose.service.ts'

interface PurposesLent extends Lent {
  readonly accessLog: AccessLog
}

export function openPurposes({ accessLog, now }: PurposesLent) {
  const purposes = new PurposeService({ accessLog, now })
  return {
    services: { purposes },
    jobs: [],
    handlers: answer({
      'purpose.list': () => purposes.list(),
      'purpose.record': (request) => purposes.record(request),
      'purpose.end': ({ purposeId }) => purposes.end(purposeId),
      'purpose.guard': ({ tasks }) => purposes.guard(tasks),
    }),
  }
}
