import type { FuzzTarget } from './fuzz-target.ts'
import { targetLoaders } from './target-loaders.ts'

/** Every parser that is fuzzed. */
export const fuzzTargets: readonly FuzzTarget[] = (
  await Promise.all(targetLoaders.map((load) => load()))
).flat()
