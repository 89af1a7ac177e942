import { basename, resolve } from 'node:path'
import { setImmediate as yieldToEvents } from 'node:timers/promises'
import type {
  Baseline,
  BaselineId,
  BaselineImport,
  BaselineReport,
  BaselineRun,
} from '#shared/contract/baseline.contract.ts'
import type { JobId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { Topic } from '#shared/contract/system.contract.ts'
import { tasks } from '#shared/domain/tasks.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import type { JobRunner } from '#engine/base/jobs/job.ts'
import { refuseWithoutWeights } from '#engine/networks/attributes/attribute-networks.ts'
import type { PictureMatcher } from '#engine/curation/decisions/exchange/picture-matcher.ts'
import { AnswerHash, hashBaseline, type BaselineSeals } from './baseline-seals.ts'
import type { BaselineRecord, BaselineRepo, BaselineRow } from './baseline.repo.ts'
import type { AnswerRow, SystemAnswer } from './domain/answer.ts'
import { MappingTable } from './domain/mapping-table.ts'
import { readAnswers } from './read-answers.ts'

interface BaselineServiceDeps {
  readonly repo: BaselineRepo
  readonly seals: BaselineSeals
  readonly pictures: PictureMatcher
  readonly jobs: Pick<JobRunner, 'enqueue'>
  readonly now: Clock
  readonly publishChange: (topics: readonly Topic[]) => void
}

const listed = 500
const rowsBetweenYields = 500
const idsPerPage = 2000
const broken = '\u{fffd}'

interface Matched {
  readonly byImage: ReadonlyMap<number, SystemAnswer>
  readonly by: { hash: number; path: number; name: number }
  readonly unmatched: readonly string[]
  readonly duplicates: number
}

/** Takes in what other systems answered, and lists it. */
export class BaselineService {
  readonly #deps: BaselineServiceDeps

  constructor(deps: BaselineServiceDeps) {
    this.#deps = deps
  }

  /**
   * Reads, matches, maps and counts; stores it unless it is a dry run. Nothing is scored.
   * @throws AppError INVALID_INPUT for a file that holds no answers, or none about an image of the catalogue
   */
  async import(asked: BaselineImport, signal: AbortSignal): Promise<BaselineReport> {
    const path = resolve(asked.path)
    const read = await readAnswers({ ...asked, path }, signal)
    const matched = await this.#match(read.rows, asked, signal)
    if (matched.byImage.size === 0) {
      const [first] = matched.unmatched
      throw new AppError(
        'INVALID_INPUT',
        `None of the ${read.rows.length} answers in ${path} is about an image of the catalogue${first === undefined ? '' : `; the first names ${JSON.stringify(first)}`}. Import the images first, or say how names differ with an image name such as "{}.chip.jpg" and texts to replace.`,
        { details: { path } },
      )
    }
    const { answers, record } = await this.#count(matched.byImage, asked.map, signal, {
      rows: read.rows.length + read.problems.length,
      duplicates: matched.duplicates,
      unmatched: matched.unmatched.length,
      jobId: null,
    })
    const name = asked.name ?? `${asked.kind} ${basename(path)}`
    const source = basename(path)
    const baselineId = asked.isDryRun
      ? null
      : this.#store({ name, kind: asked.kind, source, sourceSha256: read.sha256 }, record, answers)
    const { unmatched: unmatchedCount, tasks: _tasks, jobId: _job, ...counts } = record
    return {
      baselineId,
      name,
      kind: asked.kind,
      ...counts,
      matchedBy: matched.by,
      unmatched: matched.unmatched.slice(0, listed),
      unmatchedCount,
      unmapped: record.mapping.filter(({ to }) => to === null),
      problems: read.problems.slice(0, listed).map((one) => ({ ...one, message: one.message.slice(0, 500) })),
      problemCount: read.problems.length,
      brokenText: read.rows.filter((row) => hasBrokenText(row)).length,
    }
  }

  /** Queues the asking of a network. @throws AppError INVALID_INPUT where it wants a folder of weights or a part wants a split */
  run(asked: BaselineRun): { jobId: JobId } {
    const { network, weights, part, splitId } = asked
    if (part !== undefined && splitId === undefined)
      throw new AppError('INVALID_INPUT', `A part is one of a split: name the split of the part ${part}.`)
    if (network !== 'face-api' && weights === undefined) throw refuseWithoutWeights(network)
    const job = {
      network,
      name: asked.name ?? network,
      folder: weights === undefined ? null : resolve(weights),
      datasetId: asked.datasetId ?? null,
      splitId: splitId ?? null,
      part: part ?? null,
    }
    return { jobId: this.#deps.jobs.enqueue('baseline', job).id }
  }

  /** Stores what a network said of images, by the usual words. */
  async storeAnswers(
    { jobId, ...row }: { name: string; kind: string; source: string; sourceSha256: string; jobId: JobId },
    byImage: ReadonlyMap<number, SystemAnswer>,
    signal: AbortSignal,
  ): Promise<{ id: BaselineId; record: BaselineRecord }> {
    const counts = { rows: byImage.size, duplicates: 0, unmatched: 0, jobId }
    const { answers, record } = await this.#count(byImage, [], signal, counts)
    return { id: this.#store(row, record, answers), record }
  }

  /** Newest first. */
  list(): Baseline[] {
    return this.#deps.repo.list().map(describe)
  }

  /** Throws NOT_FOUND, and CONFLICT where stored answers were changed. */
  async get(id: BaselineId): Promise<BaselineRow> {
    await this.#deps.seals.verify(id)
    const row = this.#deps.repo.find(id)
    if (row !== undefined) return row
    throw new AppError('NOT_FOUND', `There is no baseline ${id}. List them to see which there are.`, {
      details: { baselineId: id },
    })
  }

  async #count(
    byImage: ReadonlyMap<number, SystemAnswer>,
    rules: BaselineImport['map'],
    signal: AbortSignal,
    read: Pick<BaselineRecord, 'rows' | 'duplicates' | 'unmatched' | 'jobId'>,
  ) {
    const table = await this.#map(byImage, rules, signal)
    const answers = [...byImage].map(([imageId, answer]) => ({ imageId, ...answer }))
    answers.sort((a, b) => a.imageId - b.imageId)
    const count = (outcome: SystemAnswer['outcome']): number =>
      answers.filter((one) => one.outcome === outcome).length
    const record: BaselineRecord = {
      ...read,
      matched: answers.length,
      undetected: count('undetected'),
      notAsked: count('notAsked'),
      severalFaces: answers.filter(({ faces }) => faces > 1).length,
      unreadAges: table.unreadAges,
      mapping: table.list(),
      tasks: tasks.filter((task) => answers.some((one) => one[task] !== null)),
    }
    return { answers, record }
  }

  #store(
    row: { name: string; kind: string; source: string; sourceSha256: string },
    record: BaselineRecord,
    answers: readonly (SystemAnswer & { imageId: number })[],
  ): BaselineId {
    const { repo, now, publishChange } = this.#deps
    const digest = new AnswerHash()
    for (const answer of answers) digest.add(answer)
    const sealed = { ...row, record: JSON.stringify(record), createdAt: formatTimestamp(now()) }
    const id = repo.insert({ ...sealed, sha256: hashBaseline(sealed), answersSha256: digest.read() }, answers)
    publishChange(['evaluations'])
    return id
  }

  async #match(rows: readonly AnswerRow[], asked: BaselineImport, signal: AbortSignal): Promise<Matched> {
    const find = this.#deps.pictures.open()
    const byImage = new Map<number, SystemAnswer>()
    const by = { hash: 0, path: 0, name: 0 }
    const unmatched: string[] = []
    const unsure: { readonly imageId: number; readonly kind: keyof typeof by; readonly row: AnswerRow }[] = []
    let duplicates = 0
    const take = (imageId: number, kind: keyof typeof by, answer: SystemAnswer): void => {
      if (byImage.has(imageId)) duplicates += 1
      else {
        byImage.set(imageId, answer)
        by[kind] += 1
      }
    }
    for (const [index, row] of rows.entries()) {
      if (index % rowsBetweenYields === 0) await yieldToEvents()
      signal.throwIfAborted()
      const path = row.name === null ? null : nameImage(row.name, asked)
      const match = find({ sha256: row.sha256, path })
      if (match.kind === 'none') unmatched.push(path ?? row.at)
      else if (match.isSure) take(match.image.imageId, match.kind, row.answer)
      else unsure.push({ imageId: match.image.imageId, kind: match.kind, row })
    }
    // A name alone may mean an image that another row names in full.
    for (const { imageId, kind, row } of unsure) {
      if (byImage.has(imageId)) unmatched.push(row.name ?? row.at)
      else take(imageId, kind, row.answer)
    }
    return { byImage, by, unmatched, duplicates }
  }

  async #map(
    byImage: ReadonlyMap<number, SystemAnswer>,
    rules: BaselineImport['map'],
    signal: AbortSignal,
  ): Promise<MappingTable> {
    const table = new MappingTable(rules)
    const ids = [...byImage.keys()]
    for (let from = 0; from < ids.length; from += idsPerPage) {
      signal.throwIfAborted()
      for (const { imageId, scheme } of this.#deps.repo.schemes(ids.slice(from, from + idsPerPage))) {
        const answer = byImage.get(imageId)
        if (answer !== undefined) table.add(answer, scheme)
      }
      await yieldToEvents()
    }
    return table
  }
}

/** What the catalogue would call the image. */
const nameImage = (name: string, { replace, imageName }: BaselineImport): string => {
  const replaced = replace.reduce((text, { from, to }) => text.replaceAll(from, () => to), name)
  return imageName.replaceAll('{}', () => replaced)
}

const hasBrokenText = ({ name, answer }: AnswerRow): boolean =>
  [name, answer.race, answer.gender, answer.age].some((text) => text?.includes(broken) === true)

function describe({ id, sourceSha256, record, ...row }: BaselineRow): Baseline {
  const { name, kind, source, answers, createdAt } = row
  const { jobId: _, ...counts } = record
  return { baselineId: id, name, kind, source, sha256: sourceSha256, ...counts, answers, createdAt }
}
