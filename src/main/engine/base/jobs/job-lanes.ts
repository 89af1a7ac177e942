import type { JobId } from '#shared/contract/base.contract.ts'
import type { JobKind } from '#shared/contract/job.contract.ts'

/**
 * What a job may run beside: one of each lane runs at a time, and nothing beside one that runs alone. Work of minutes that
 * computes little is light; what fills the machine is heavy; what rewrites or judges the catalogue as a whole is alone.
 */
type JobLane = 'light' | 'heavy' | 'alone'

const lanes: Readonly<Record<JobKind, JobLane>> = {
  import: 'heavy',
  split: 'light',
  certify: 'light',
  train: 'heavy',
  evaluate: 'light',
  baseline: 'heavy',
  export: 'light',
  report: 'light',
  bundle: 'light',
  sample: 'heavy',
  crossval: 'heavy',
  scan: 'heavy',
  embed: 'heavy',
  map: 'heavy',
  identities: 'heavy',
  'group-maps': 'heavy',
  sensitivity: 'heavy',
  portraits: 'heavy',
  erase: 'alone',
  'undo-import': 'alone',
  integrity: 'alone',
}

/** What brings the images that a kind is made of: asked for before it, it is waited for. */
const sources: Partial<Readonly<Record<JobKind, readonly JobKind[]>>> = {
  split: ['import', 'sample'],
  certify: ['import', 'sample', 'scan', 'identities'],
}

/** Whether a job that came earlier keeps one of this kind from beginning. */
function hinders(earlier: JobKind, kind: JobKind): boolean {
  const [one, other] = [lanes[earlier], lanes[kind]]
  if (one === 'alone' || other === 'alone' || one === other) return true
  return sources[kind]?.includes(earlier) ?? false
}

export interface LanedJob {
  readonly id: JobId
  readonly kind: JobKind
}

export interface Hindrance {
  /** Jobs at work. */
  readonly running: readonly JobId[]
  /** Jobs that begin before it. */
  readonly ahead: readonly JobId[]
}

/** What keeps a waiting job from beginning, given what runs and what waits before it. */
export function findHindrance(
  job: LanedJob,
  running: readonly LanedJob[],
  before: readonly LanedJob[],
): Hindrance {
  const isBusy = running.some(({ kind }) => lanes[kind] === 'heavy')
  // What will run alone waits for a training's hours: light work need not wait with it.
  const passes = ({ kind }: LanedJob): boolean =>
    isBusy && lanes[kind] === 'alone' && lanes[job.kind] === 'light'
  return {
    running: running.filter(({ kind }) => hinders(kind, job.kind)).map(({ id }) => id),
    ahead: before.filter((one) => hinders(one.kind, job.kind) && !passes(one)).map(({ id }) => id),
  }
}

/** The first waiting job that nothing hinders. */
export function findNext(queue: readonly LanedJob[], running: readonly LanedJob[]): LanedJob | undefined {
  return queue.find((job, index) => {
    const found = findHindrance(job, running, queue.slice(0, index))
    return found.running.length + found.ahead.length === 0
  })
}
