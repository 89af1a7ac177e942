import { AppError } from '#shared/contract/errors.ts'
import { jobKind } from '#shared/contract/job.contract.ts'
import type { RegisteredJob } from '#engine/base/jobs/job.ts'
import type { Handlers } from '#engine/base/procedures/handlers.ts'
import type { ImageHolder } from '#engine/base/holders/image-holder.ts'

/** What a room opens for others: what they may call, the jobs it runs, and the procedures it answers. */
export interface Feature<Services extends object, Answered extends Partial<Handlers>> {
  readonly services: Services
  readonly jobs: readonly RegisteredJob[]
  readonly handlers: Answered
  /** What it holds of images, where it holds anything. */
  readonly holder?: ImageHolder
}

/** Features in the order of their floors, each lent what those before it offer. */
export interface FeatureList<Lent extends object, Answered extends object> {
  /** What was lent at first, and the services of all features. */
  readonly lent: Lent
  readonly jobs: readonly RegisteredJob[]
  readonly handlers: Answered
  readonly holders: readonly ImageHolder[]
  /** Throws INTERNAL naming a service, job or procedure that an earlier feature has given too. */
  add<Services extends object, More extends Partial<Handlers>>(
    open: (lent: Lent) => Feature<Services, More>,
  ): FeatureList<Lent & Services, Answered & More>
}

const refuse = (fault: string): AppError =>
  new AppError('INTERNAL', `Evenhand is put together wrongly: ${fault}`)

function refuseTwice(known: readonly string[], added: readonly string[], what: string): void {
  const seen = new Set(known)
  for (const name of added) {
    if (seen.has(name)) throw refuse(`two features give the ${what} ${name}. Take one of them away.`)
    seen.add(name)
  }
}

function build<Lent extends object, Answered extends object>(
  list: Omit<FeatureList<Lent, Answered>, 'add'>,
): FeatureList<Lent, Answered> {
  return {
    ...list,
    add: (open) => {
      const { services, jobs, handlers, holder } = open(list.lent)
      refuseTwice(Object.keys(list.lent), Object.keys(services), 'service')
      refuseTwice(
        list.jobs.map(({ kind }) => kind),
        jobs.map(({ kind }) => kind),
        'job',
      )
      refuseTwice(Object.keys(list.handlers), Object.keys(handlers), 'procedure')
      return build({
        lent: { ...list.lent, ...services },
        jobs: [...list.jobs, ...jobs],
        handlers: { ...list.handlers, ...handlers },
        holders: holder === undefined ? list.holders : [...list.holders, holder],
      })
    },
  }
}

/** An empty list: its features will be lent this. */
export const startFeatures = <Lent extends object>(lent: Lent): FeatureList<Lent, object> =>
  build({ lent, jobs: [], handlers: {}, holders: [] })

/** Throws INTERNAL naming a procedure that no feature answers, or one that does not belong here. */
export function requireAnswers(expected: readonly string[], handlers: object): void {
  const answered = Object.keys(handlers)
  const missing = expected.filter((name) => !answered.includes(name))
  if (missing.length > 0)
    throw refuse(`no feature answers ${missing.join(', ')}. Answer it in the feature.ts of its room.`)
  const unknown = answered.filter((name) => !expected.includes(name))
  if (unknown.length > 0)
    throw refuse(`${unknown.join(', ')} is answered, but is no procedure of the contract here.`)
}

/** Throws INTERNAL naming a kind of job that no feature runs. */
export function requireJobs(jobs: readonly RegisteredJob[]): void {
  const missing = jobKind.options.filter((kind) => !jobs.some((job) => job.kind === kind))
  if (missing.length > 0)
    throw refuse(`no feature runs the job ${missing.join(', ')}. List it in the feature.ts of its room.`)
}
