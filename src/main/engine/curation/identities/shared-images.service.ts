import type * as z from 'zod'
import { imageId } from '#shared/contract/base.contract.ts'
import type { SharedImages, SharedKind } from '#shared/contract/identity.contract.ts'
import { readingGraceMs, runWorker } from '#engine/base/threads/run-worker.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import { sharedAnswer, sharedTask } from './shared-task.ts'

interface SharedImagesDeps {
  readonly catalogue: string
  readonly workers: WorkerLocator
}

type Group = z.infer<typeof sharedAnswer>['groups'][number]

/** What several data sets, or the parts of one, have in common. */
export class SharedImagesService {
  readonly #deps: SharedImagesDeps

  constructor(deps: SharedImagesDeps) {
    this.#deps = deps
  }

  /** @param limit of groups that are listed; all are counted */
  async find(limit: number, signal: AbortSignal): Promise<SharedImages> {
    const { catalogue, workers } = this.#deps
    const { origins, groups } = await runWorker({
      workers,
      name: 'shared-images',
      input: sharedTask.parse({ catalogue }),
      result: sharedAnswer,
      signal,
      graceMs: readingGraceMs,
    })
    return {
      origins,
      pairs: origins.flatMap((_, a) =>
        origins.slice(a + 1).map((_other, at) => countPair(groups, a, a + 1 + at)),
      ),
      groups: groups
        .slice(0, limit)
        .map((group) => ({ ...group, images: group.images.map((id) => imageId.parse(id)) })),
    }
  }
}

function countPair(groups: readonly Group[], a: number, b: number): SharedImages['pairs'][number] {
  const both = groups.filter(({ origins }) => origins.includes(a) && origins.includes(b))
  const count = (kind: SharedKind): number => both.filter((group) => group.kind === kind).length
  return {
    a,
    b,
    file: count('file'),
    pixels: count('pixels'),
    near: count('near'),
    person: count('person'),
  }
}
