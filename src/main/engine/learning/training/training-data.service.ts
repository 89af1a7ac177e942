import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { CrossvalId, ImageId, SplitId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { PartName } from '#shared/contract/split.contract.ts'
import type { LabelledImage } from '#engine/networks/architecture/model-labels.ts'
import type { MemberRow, SplitRow, TrainingDataRepo } from './training-data.repo.ts'

/** One image of a part: its labels in the split, and where its file lies. */
export interface SplitImage extends LabelledImage {
  readonly imageId: ImageId
  readonly groupKey: string
  readonly file: string
  readonly fileSha256: string
  readonly pixelSha256: string
}

export interface HeldOutFold {
  readonly crossvalId: CrossvalId
  readonly fold: number
}

/** What of a run tells which images it learns from. */
interface RunOfImages {
  readonly crossvalId: CrossvalId | null
  readonly fold: number | null
  readonly config: { readonly splitId: SplitId }
}

/** Keeps each statement below 20 ms on the engine thread. */
const pageSize = 2000

export class TrainingDataService {
  readonly #repo: TrainingDataRepo
  readonly #projectFolder: string

  constructor(deps: { repo: TrainingDataRepo; projectFolder: string }) {
    this.#repo = deps.repo
    this.#projectFolder = deps.projectFolder
  }

  /** Throws NOT_FOUND. */
  getSplit(splitId: SplitId): SplitRow {
    const split = this.#repo.findSplit(splitId)
    if (split === undefined) {
      throw new AppError('NOT_FOUND', `There is no split ${splitId}. Make one first.`, {
        details: { splitId },
      })
    }
    return split
  }

  /** The images of one part in the order of their ids. */
  listImages(splitId: SplitId, part: PartName, signal?: AbortSignal): Promise<SplitImage[]> {
    return this.#readPages((page) => this.#repo.members({ splitId, part, ...page }), signal)
  }

  /** The images that a fold holds out, or those of all other folds, in the order of their ids. */
  listFoldImages(
    { crossvalId, fold }: HeldOutFold,
    which: 'held-out' | 'others',
    signal?: AbortSignal,
  ): Promise<SplitImage[]> {
    const isHeldOut = which === 'held-out'
    return this.#readPages((page) => this.#repo.foldMembers({ crossvalId, fold, isHeldOut, ...page }), signal)
  }

  /** What a run learns from and is measured by: its split's parts, or for a fold's run all other folds and nothing. */
  async listRunImages(run: RunOfImages, part: 'train' | 'val', signal?: AbortSignal): Promise<SplitImage[]> {
    const { crossvalId, fold } = run
    if (crossvalId === null || fold === null) return this.listImages(run.config.splitId, part, signal)
    return part === 'train' ? this.listFoldImages({ crossvalId, fold }, 'others', signal) : []
  }

  /** Reads in pages so that the engine stays responsive. */
  async #readPages(
    readPage: (page: { after: number; limit: number }) => MemberRow[],
    signal?: AbortSignal,
  ): Promise<SplitImage[]> {
    const images: SplitImage[] = []
    for (let after = 0; ;) {
      signal?.throwIfAborted()
      const page = readPage({ after, limit: pageSize })
      for (const member of page) images.push(this.#describe(member))
      const last = page.at(-1)
      if (last === undefined || page.length < pageSize) return images
      after = last.imageId
      await setImmediate()
    }
  }

  #describe(member: MemberRow): SplitImage {
    const { imageId, groupKey, scheme, race, gender, ageBin, ageYears, path } = member
    const { fileSha256, pixelSha256 } = member
    const root = member.isInsideProject ? join(this.#projectFolder, member.rootPath) : member.rootPath
    const file = join(root, path)
    return { imageId, groupKey, scheme, race, gender, ageBin, ageYears, file, fileSha256, pixelSha256 }
  }
}
