import type { FuzzTarget } from './fuzz-target.ts'

type Loader = () => Promise<readonly FuzzTarget[]>

/** What takes longest to load comes last: a thread looks for its parser in this order. */
export const targetLoaders: readonly Loader[] = [
  async () => (await import('./targets/weight-targets.ts')).weightTargets,
  async () => [(await import('./targets/event-target.ts')).eventTarget],
  async () => [(await import('./targets/model-target.ts')).modelTarget],
  async () => (await import('./targets/table-targets.ts')).tableTargets,
  async () => [(await import('./targets/text-target.ts')).textTarget],
  async () => [(await import('./targets/user-file-target.ts')).userFileTarget],
  async () => [(await import('./targets/bundle-target.ts')).bundleTarget],
  async () => [(await import('./targets/answers-target.ts')).answersTarget],
  async () => [(await import('./targets/parquet-target.ts')).parquetTarget],
  async () => [(await import('./targets/image-target.ts')).imageTarget],
  async () => (await import('./targets/server-targets.ts')).serverTargets,
]

export async function loadTarget(parser: string): Promise<FuzzTarget> {
  for (const load of targetLoaders) {
    const target = (await load()).find(({ name }) => name === parser)
    if (target !== undefined) return target
  }
  throw new Error(`There is no parser ${parser}`)
}
