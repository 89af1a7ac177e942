import type { CrossvalId, SplitId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { PartName } from '#shared/contract/split.contract.ts'
import { readMembers, type MemberImage, type MemberRow } from '#engine/data/members/member-images.ts'
import type { SplitSeals } from '#engine/data/splits/split-seals.ts'
import type { SplitRow, TrainingDataRepo } from './training-data.repo.ts'

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

export class TrainingDataService {
  readonly #repo: TrainingDataRepo
  readonly #splitSeals: SplitSeals
  readonly #projectFolder: string

  constructor(deps: { repo: TrainingDataRepo; splitSeals: SplitSeals; projectFolder: string }) {
    this.#repo = deps.repo
    this.#splitSeals = deps.splitSeals
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

  /** Throws CONFLICT where a split is no longer what was sealed. */
  verifySplit(splitId: SplitId, signal?: AbortSignal): Promise<void> {
    return this.#splitSeals.verify(splitId, signal)
  }

  /** The images of one part in the order of their ids. Throws CONFLICT where the split is no longer what was sealed. */
  async listImages(splitId: SplitId, part: PartName, signal?: AbortSignal): Promise<MemberImage[]> {
    await this.verifySplit(splitId, signal)
    return this.#read((page) => this.#repo.members({ splitId, part, ...page }), signal)
  }

  /** The images that a fold holds out, or those of all other folds, in the order of their ids. */
  listFoldImages(
    { crossvalId, fold }: HeldOutFold,
    which: 'held-out' | 'others',
    signal?: AbortSignal,
  ): Promise<MemberImage[]> {
    const isHeldOut = which === 'held-out'
    return this.#read((page) => this.#repo.foldMembers({ crossvalId, fold, isHeldOut, ...page }), signal)
  }

  /** What a run learns from and is measured by: its split's parts, or for a fold's run all other folds and nothing. */
  async listRunImages(run: RunOfImages, part: 'train' | 'val', signal?: AbortSignal): Promise<MemberImage[]> {
    const { crossvalId, fold } = run
    if (crossvalId === null || fold === null) return this.listImages(run.config.splitId, part, signal)
    return part === 'train' ? this.listFoldImages({ crossvalId, fold }, 'others', signal) : []
  }

  #read(
    readPage: (page: { after: number; limit: number }) => MemberRow[],
    signal: AbortSignal | undefined,
  ): Promise<MemberImage[]> {
    return readMembers(readPage, { projectFolder: this.#projectFolder, signal })
  }
}
