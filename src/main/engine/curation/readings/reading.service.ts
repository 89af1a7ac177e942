import type * as z from 'zod'
import type { ImageId } from '#shared/contract/base.contract.ts'
import type { ActId } from '#shared/contract/decision.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type {
  readingContract,
  ReadingId,
  ReadingImage,
  ReadingResult,
  ReadingSummary,
} from '#shared/contract/reading.contract.ts'
import type { Topic } from '#shared/contract/system.contract.ts'
import type { Task } from '#shared/domain/tasks.ts'
import { checkOfCode, checks, type CheckId } from '#shared/domain/checks.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import { createRandom } from '#engine/base/kernel/random.ts'
import type { DecisionService } from '#engine/curation/decisions/decision.service.ts'
import { listLabelWords, readLabelWord } from '#engine/data/catalogue/domain/label-word.ts'
import type { ImageStateService } from '#engine/data/catalogue/image-state.service.ts'
import { compareReaders } from '#engine/curation/readings/domain/compare-readers.ts'
import { writeRelabel } from '#engine/curation/readings/domain/reading-answer.ts'
import type { DecidedRow, NewReadingItem, ReadingRepo, ReadingRow } from './reading.repo.ts'

interface ReadingServiceDeps {
  readonly readings: ReadingRepo
  readonly imageStates: Pick<ImageStateService, 'read'>
  readonly decisions: Pick<DecisionService, 'listUndone'>
  readonly now: Clock
  readonly publishChange: (topics: readonly Topic[]) => void
}

type Answer = z.output<NonNullable<(typeof readingContract.answer)['~orpc']['inputSchema']>>

/** How an image is settled, and the acts of what was settled last that hold. */
interface LastSettlement {
  readonly settled: ReadingResult['disagreements'][number]['settled']
  readonly standing: readonly ActId[]
}

const listedOpen = 100

/** Second readings: another person answers for images already decided, without seeing how. */
export class ReadingService {
  readonly #deps: ReadingServiceDeps

  constructor(deps: ReadingServiceDeps) {
    this.#deps = deps
  }

  /** Draws from the images that others than `actor` have decided in the queue. Throws PRECONDITION where there are none. */
  start(request: { check: CheckId; sample: number; seed: number; actor: string }): ReadingSummary {
    const { check, sample, seed, actor } = request
    const { code, title } = checks[check]
    const items = this.#deps.readings
      .decided(code)
      .filter((row) => row.actor !== actor)
      .flatMap((row) => this.#readFirstAnswer(row))
    if (items.length === 0) {
      throw new AppError(
        'PRECONDITION',
        `Nobody but ${actor} has decided anything in the queue "${title}". A second reading needs decisions of ` +
          'another reviewer; the name of the reviewer stands in the settings.',
        { details: { check } },
      )
    }
    const drawn = createRandom(seed, ['reading', check]).shuffle(items).slice(0, sample)
    const at = formatTimestamp(this.#deps.now())
    const id = this.#deps.readings.insert({ checkCode: code, seed, actor, at }, drawn)
    this.#deps.publishChange(['decisions'])
    return this.get(id)
  }

  list(): ReadingSummary[] {
    return this.#deps.readings.list().flatMap((row) => this.#summarise(row) ?? [])
  }

  /** Throws NOT_FOUND. */
  get(id: ReadingId): ReadingSummary {
    const row = this.#deps.readings.find(id)
    const summary = row === undefined ? null : this.#summarise(row)
    if (summary !== null) return summary
    throw new AppError('NOT_FOUND', `There is no second reading ${id}.`, { details: { readingId: id } })
  }

  /** In the order of the reading. Throws NOT_FOUND. */
  listImages(id: ReadingId): ReadingImage[] {
    this.get(id)
    return this.#deps.readings.listImages(id)
  }

  /** Throws CONFLICT for an image that is answered already, or for a reading that has ended; INVALID_INPUT for a label that is none. */
  answer({ readingId: id, imageId, action, task, value }: Answer): ReadingSummary {
    const reading = this.get(id)
    if (reading.isFinished) {
      throw new AppError('CONFLICT', `Second reading ${id} has ended. Its answers stand.`, {
        details: { readingId: id },
      })
    }
    if (!this.#deps.readings.holds(id, imageId)) {
      throw new AppError('NOT_FOUND', `Image ${imageId} is not part of second reading ${id}.`, {
        details: { imageId },
      })
    }
    const answer = this.describeAnswer(imageId, { action, task, value })
    const known = this.#deps.readings.pairs(id).find((pair) => pair.imageId === imageId)
    if (known !== undefined && known.second !== answer) {
      throw new AppError('CONFLICT', `Image ${imageId} is answered already ("${known.second}").`, {
        details: { imageId },
      })
    }
    const at = formatTimestamp(this.#deps.now())
    if (known === undefined) this.#deps.readings.answer({ readingId: id, imageId, answer, at })
    if (this.get(id).answered === reading.images) this.#deps.readings.finish(id, at)
    this.#deps.publishChange(['decisions'])
    return this.get(id)
  }

  /** As answers are stored. Throws INVALID_INPUT for a label that is none. */
  describeAnswer(
    imageId: ImageId,
    { action, task, value }: Pick<Answer, 'action'> & Partial<Pick<Answer, 'task' | 'value'>>,
  ): string {
    if (action !== 'relabel' || task === undefined) return action
    return this.#describeRelabel(imageId, task, this.#readLabel(imageId, task, value ?? null))
  }

  /** As the catalogue writes it, so that two readers agree who mean the same. */
  #readLabel(imageId: ImageId, task: Task, value: string | null): string | null {
    if (value === null) return null
    const state = this.#deps.imageStates.read([imageId]).get(imageId)
    if (state === undefined) {
      throw new AppError('NOT_FOUND', `There is no image ${imageId}.`, { details: { imageId } })
    }
    const label = readLabelWord(value, task, state.scheme)
    if (label !== null) return label
    throw new AppError(
      'INVALID_INPUT',
      `"${value}" is no ${task} label of the data set of image ${imageId}. Give ${listLabelWords(task, state.scheme)}.`,
      { details: { imageId, field: 'value' } },
    )
  }

  finish(id: ReadingId): ReadingSummary {
    this.get(id)
    this.#deps.readings.finish(id, formatTimestamp(this.#deps.now()))
    this.#deps.publishChange(['decisions'])
    return this.get(id)
  }

  /** Throws PRECONDITION before the end of the reading. */
  result(id: ReadingId): ReadingResult {
    const { isFinished, answered, images } = this.get(id)
    if (!isFinished) {
      throw new AppError(
        'PRECONDITION',
        `Second reading ${id} is not at its end: ${answered} of ${images} images are answered. ` +
          'Answer the others, or end it; until then its reader must not see the first answers.',
        { details: { answered, images } },
      )
    }
    const pairs = this.#deps.readings.pairs(id)
    const states = this.#deps.imageStates.read(pairs.map(({ imageId }) => imageId))
    const settlements = this.settlements(id)
    return compareReaders(
      pairs.map((pair) => ({
        ...pair,
        revision: states.get(pair.imageId)?.revision ?? 0,
        settled: settlements.get(pair.imageId)?.settled ?? null,
      })),
    )
  }

  /**
   * By image. A settlement of which an act was taken back, in the history or anywhere, settles nothing until that is brought
   * back: the picture does not stand as it says.
   */
  settlements(id: ReadingId): ReadonlyMap<number, LastSettlement> {
    const rows = this.#deps.readings.settlements(id)
    const undone = this.#deps.decisions.listUndone(rows.flatMap(({ acts }) => acts))
    return new Map(
      rows.map(({ imageId, choice, answer, acts, actor, at }) => {
        const standing = acts.filter((act) => !undone.has(act))
        const isHeld = standing.length === acts.length
        const settled = choice === 'open' || !isHeld ? null : { choice, answer, reviewer: actor, at }
        return [imageId, { settled, standing }] as const
      }),
    )
  }

  #describeRelabel(imageId: number, task: Task, value: string | null): string {
    return writeRelabel(task, value, this.#deps.readings.imported(imageId, task))
  }

  /** An image that somebody removed elsewhere, or whose newest decision here was taken back, has no answer. */
  #readFirstAnswer(row: DecidedRow): NewReadingItem[] {
    const { imageId, race, actor: firstActor } = row
    const toItem = (firstAnswer: string): NewReadingItem[] => [{ imageId, race, firstAnswer, firstActor }]
    if (row.status === 'removed')
      return row.field === 'status' && row.toValue === 'removed' ? toItem('remove') : []
    if (row.state === 'kept') return toItem('keep')
    if (row.field === 'race' || row.field === 'gender' || row.field === 'age')
      return toItem(this.#describeRelabel(imageId, row.field, row.toValue))
    return []
  }

  #summarise({ checkId, actor, finishedAt, ...row }: ReadingRow): ReadingSummary | null {
    const check = checkOfCode(checkId)
    if (check === null) return null
    const isFinished = finishedAt !== null
    const open = isFinished ? [] : this.#deps.readings.open(row.id, listedOpen)
    return { ...row, check, reviewer: actor, isFinished, open }
  }
}
