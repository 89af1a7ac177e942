import type { JobId } from '#shared/contract/base.contract.ts'
import type { Erasure, ErasureEffectKind, ErasureId } from '#shared/contract/erasure.contract.ts'
import type { ErasingImage } from '#engine/base/holders/image-holder.ts'
import type { EffectRow, ErasureRepo, ErasureRow, NewErasure, TombstoneRow } from './erasure.repo.ts'

/** What is on record of erasures: who is refused, and what has counted pictures that are gone. */
export class ErasureRecordService {
  readonly #repo: ErasureRepo
  #effects: readonly EffectRow[] | null = null

  constructor(deps: { repo: ErasureRepo }) {
    this.#repo = deps.repo
  }

  begin(erasure: NewErasure): ErasureRow {
    this.#effects = null
    return this.#repo.insert(erasure)
  }

  findByJob(id: JobId): ErasureRow | undefined {
    return this.#repo.findByJob(id)
  }

  /** What an erasure has to find still; none where it has come past that. */
  listErasing(id: ErasureId): ErasingImage[] {
    return this.#repo.erasing(id)
  }

  /** The names of what was erased go with it. */
  forgetErasing(id: ErasureId): void {
    this.#repo.clearErasing(id)
  }

  complete(id: ErasureId): void {
    this.#repo.complete(id)
  }

  /** Newest first. */
  list(): Erasure[] {
    const effects = Map.groupBy(this.#listEffects(), (effect) => effect.erasureId)
    const tombstones = Map.groupBy(this.#repo.tombstones(), (one) => one.erasureId)
    return this.#repo.list().map(({ jobId, ...erasure }) => ({
      ...erasure,
      jobId,
      hashes: (tombstones.get(erasure.id) ?? []).map(({ fileSha256 }) => fileSha256),
      effects: (effects.get(erasure.id) ?? []).map(({ kind, subjectId, images, hashBefore }) => ({
        kind,
        id: subjectId,
        images,
        hashBefore,
      })),
    }))
  }

  effectsOf(id: ErasureId): { kind: ErasureEffectKind; id: number; images: number }[] {
    return this.#listEffects()
      .filter((effect) => effect.erasureId === id)
      .map(({ kind, subjectId, images }) => ({ kind, id: subjectId, images }))
  }

  /** What stands on a model, run or list that erased pictures were part of; nothing where none was. */
  mark(kind: ErasureEffectKind, id: number): { erasedImages?: number } {
    const images = this.#count(kind, id)
    return images === 0 ? {} : { erasedImages: images }
  }

  /** The same of a run, and what its validation figures counted. */
  markRun(id: number): { erasedImages?: number; erasedValidationImages?: number } {
    const measured = this.#count('validation', id)
    return { ...this.mark('run', id), ...(measured === 0 ? {} : { erasedValidationImages: measured }) }
  }

  /** The hashes of a sealed list as it was before erasures thinned it. */
  formerHashes(kind: ErasureEffectKind, id: number): ReadonlySet<string> {
    const found = this.#listEffects().filter((effect) => effect.kind === kind && effect.subjectId === id)
    return new Set(found.flatMap(({ hashBefore }) => hashBefore ?? []))
  }

  #count(kind: ErasureEffectKind, id: number): number {
    const found = this.#listEffects().filter((effect) => effect.kind === kind && effect.subjectId === id)
    return found.reduce((sum, { images }) => sum + images, 0)
  }

  /** By the hash of a file and by that of its pixels: why that picture is not taken in again. */
  listRefusals(): ReadonlyMap<string, string> {
    if (this.#repo.countTombstones() === 0) return new Map()
    const reasons = new Map(this.#repo.list().map((erasure) => [erasure.id, describeRefusal(erasure)]))
    return new Map(
      this.#repo.tombstones().flatMap(({ erasureId, fileSha256, pixelSha256 }) => {
        const reason = reasons.get(erasureId) ?? ''
        return [
          [fileSha256, reason],
          [pixelSha256, reason],
        ] as const
      }),
    )
  }

  tombstones(): TombstoneRow[] {
    return this.#repo.tombstones()
  }

  #listEffects(): readonly EffectRow[] {
    return (this.#effects ??= this.#repo.effects())
  }
}

const describeRefusal = ({ at, actor, reason }: ErasureRow): string =>
  `This picture was erased on ${at.slice(0, 10)} by ${actor} (${reason}) and is not taken in again. Remove the file from the folder.`
