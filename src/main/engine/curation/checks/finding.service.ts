import { setImmediate as yieldToEvents } from 'node:timers/promises'
import type * as z from 'zod'
import type { ImageId } from '#shared/contract/base.contract.ts'
import type {
  Finding,
  findingContract,
  FindingGroup,
  FindingPage,
  ImageFindings,
} from '#shared/contract/check.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { ImageFilter, ImageTile } from '#shared/contract/image.contract.ts'
import { checkIds, checkOfCode, checks, type CheckId } from '#shared/domain/checks.ts'
import type { CheckScoreService } from './check-score.service.ts'
import { readQueueCursor, writeQueueCursor } from './queue-cursor.ts'
import type { GroupService } from './group.service.ts'
import type { FindingRepo, QueuePlace, ScoreRow } from './finding.repo.ts'

type QueueRequest = z.output<NonNullable<(typeof findingContract.queue)['~orpc']['inputSchema']>>

interface FindingServiceDeps {
  readonly findings: FindingRepo
  readonly groups: GroupService
  readonly scores: Pick<CheckScoreService, 'cutOf'>
  /** Tiles in the order of the ids; removed images included. */
  readonly readTiles: (imageIds: readonly number[]) => ImageTile[]
  /** Ids of all images that a filter matches, ascending. */
  readonly matchIds: (filter: ImageFilter) => Promise<Uint32Array>
}

/** Rows read at a time while looking for those that a filter lets through. */
const rowsPerRead = 500
/** Groups beyond this are cut off; nobody compares so many pictures side by side. */
const largestGroup = 500
const allCodes = checkIds.map((id) => checks[id].code)

/** What the checks found: queues, groups, and all about one image. */
export class FindingService {
  readonly #deps: FindingServiceDeps

  constructor(deps: FindingServiceDeps) {
    this.#deps = deps
  }

  async queue(request: QueueRequest): Promise<FindingPage> {
    const { check, limit } = request
    const after = request.cursor === null ? null : readQueueCursor(request.cursor, check)
    const isFiltered = Object.values(request.filter).some((value) => value !== undefined)
    const matched = isFiltered ? new Set(await this.#deps.matchIds(request.filter)) : null
    // One more than asked for tells whether there is a next page.
    const rows = await this.#collect(request, { after, matched, limit: limit + 1 })
    const page = rows.slice(0, limit)
    const last = page.at(-1)
    const isMore = rows.length > limit && last !== undefined
    return {
      items: this.#show(page),
      nextCursor: isMore ? writeQueueCursor({ check, score: last.score, id: last.imageId }) : null,
    }
  }

  group(check: CheckId, groupId: ImageId): FindingGroup {
    const rows = this.#deps.findings.group(check, groupId, largestGroup)
    if (rows.length === 0) {
      throw new AppError('NOT_FOUND', `The check "${checks[check].title}" has no group ${groupId}.`, {
        details: { check, groupId },
      })
    }
    const members = this.#show(rows).map((found) => {
      const file = this.#deps.findings.file(found.tile.id)
      const sharpness = this.#deps.findings.measure(found.tile.id)?.measures?.['blurriness']
      return {
        ...found,
        path: file?.path ?? '',
        dataset: file?.dataset ?? '',
        bytes: file?.bytes ?? 0,
        sharpness: typeof sharpness === 'number' ? sharpness : null,
      }
    })
    const { groups } = this.#deps
    const [judged] = groups.judge(check, [groupId])
    if (judged === undefined) throw new Error(`Group ${groupId} of ${check} is gone`)
    const { suggestedKeep, conflict, clearest } = judged
    return { groupId, members, suggestedKeep, conflict, clearest, ...groups.hear(judged) }
  }

  /** Throws NOT_FOUND. */
  ofImage(imageId: ImageId): ImageFindings {
    const { findings, scores } = this.#deps
    if (findings.file(imageId) === undefined) {
      throw new AppError('NOT_FOUND', `There is no image ${imageId} in this project.`, {
        details: { imageId },
      })
    }
    const measure = findings.measure(imageId)
    return {
      measures: measure?.measures ?? null,
      problem: measure?.problem ?? null,
      findings: findings
        .ofImage(imageId, allCodes)
        .flatMap(({ checkId, imageId: _image, revision: _revision, isDecided: _decided, ...row }) => {
          const check = checkOfCode(checkId)
          return check === null ? [] : [{ check, ...row, cut: scores.cutOf(check) }]
        }),
    }
  }

  async #collect(
    { check, state }: QueueRequest,
    {
      after,
      matched,
      limit,
    }: { after: QueuePlace | null; matched: ReadonlySet<number> | null; limit: number },
  ): Promise<ScoreRow[]> {
    const { findings } = this.#deps
    if (matched === null) return findings.page(check, { state, after, limit })
    const found: ScoreRow[] = []
    for (let place = after; ;) {
      const rows = findings.page(check, { state, after: place, limit: rowsPerRead })
      found.push(...rows.filter(({ imageId }) => matched.has(imageId)))
      const last = rows.at(-1)
      if (found.length >= limit || last === undefined || rows.length < rowsPerRead)
        return found.slice(0, limit)
      place = { score: last.score, id: last.imageId }
      await yieldToEvents()
    }
  }

  #show(rows: readonly ScoreRow[]): Finding[] {
    const tiles = new Map(
      this.#deps.readTiles(rows.map(({ imageId }) => imageId)).map((tile) => [tile.id, tile]),
    )
    return rows.flatMap(({ imageId, ...row }) => {
      const tile = tiles.get(imageId)
      return tile === undefined ? [] : [{ tile, ...row }]
    })
  }
}
