import { setImmediate as yieldToEvents } from 'node:timers/promises'
import type { BaselineId } from '#shared/contract/baseline.contract.ts'
import type { ImageId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { LabelScheme } from '#shared/domain/label-schemes.ts'
import type { Task } from '#shared/domain/tasks.ts'
import {
  encodeLabels,
  listSchemeLabels,
  type LabelledImage,
} from '#engine/networks/architecture/model-labels.ts'
import { groupImages } from '#engine/data/splits/domain/group-images.ts'
import type { RecordGroups, TaskRecords } from '#engine/assessment/metrics/domain/records.ts'
import type { AnsweredImage, BaselineRepo, BaselineRow } from './baseline.repo.ts'
import type { BaselineService } from './baseline.service.ts'
import {
  describeLeftOut,
  describeRemoved,
  describeUndetected,
  describeUnmapped,
  type Figured,
} from './describe-outcomes.ts'
import { readMappedAge, translateAnswer } from './domain/map-words.ts'

/** What a system said of an image, in the labels of its data set's scheme. */
export interface MappedAnswer {
  readonly outcome: AnsweredImage['outcome']
  readonly scheme: LabelScheme
  readonly race: string | null
  readonly gender: string | null
  readonly ageBin: string | null
  readonly ageYears: number | null
}

/** The answers to one task as figures are made of them. */
export interface BaselineTask {
  readonly records: TaskRecords
  readonly images: readonly { readonly imageId: ImageId; readonly pixelSha256: string }[]
  readonly notes: readonly string[]
}

const rowsPerPage = 2000

/** Stored answers of other systems, checked against their hashes. */
export class BaselineRecords {
  readonly #repo: Pick<BaselineRepo, 'answered'>
  readonly #service: Pick<BaselineService, 'get'>

  constructor(deps: { repo: Pick<BaselineRepo, 'answered'>; service: Pick<BaselineService, 'get'> }) {
    this.#repo = deps.repo
    this.#service = deps.service
  }

  /**
   * Against the labels that the catalogue has now, of images that curation has not removed.
   * @throws AppError NOT_FOUND; CONFLICT where answers are no longer what was stored; INVALID_INPUT for a task that the system
   *   does not answer
   */
  async read(id: BaselineId, { task, ...figured }: Figured & { readonly task: Task }): Promise<BaselineTask> {
    const { row, answered: all } = await this.#load(id)
    assertAnswers(row, task)
    const answered = all.filter(({ isRemoved }) => !isRemoved)
    const asked = answered.filter(
      ({ outcome }) =>
        outcome === 'answered' || (outcome === 'undetected' && figured.undetected === 'counted'),
    )
    if (asked.length === 0)
      throw new AppError('PRECONDITION', `Baseline ${id} has no answer that could be counted.`)
    return {
      records: recordAnswers(row, asked, task),
      images: asked.map(({ imageId, pixelSha256 }) => ({ imageId, pixelSha256 })),
      notes: [
        `Stored answers of ${row.name} against the labels of the catalogue as they are now.`,
        ...describeUndetected(answered, figured),
        ...describeRemoved(all.length - answered.length),
        ...describeLeftOut(answered),
        ...noteUnmapped(row, answered, { tasks: [task], ofYears: figured.ofYears }),
      ],
    }
  }

  /** By image, with what must be told of them; of images that the system was not asked about none. Throws as `read` does. */
  async answers(id: BaselineId): Promise<{
    name: string
    tasks: readonly Task[]
    of: Map<number, MappedAnswer>
    notes: readonly string[]
  }> {
    const { row, answered } = await this.#load(id)
    const map = openMapping(row)
    const of = new Map<number, MappedAnswer>()
    for (const one of answered) if (one.outcome !== 'notAsked') of.set(one.imageId, map(one))
    return {
      name: row.name,
      tasks: row.record.tasks,
      of,
      notes: [
        ...describeLeftOut(answered),
        ...noteUnmapped(row, answered, { tasks: row.record.tasks, ofYears: false }),
      ],
    }
  }

  async #load(id: BaselineId): Promise<{ row: BaselineRow; answered: AnsweredImage[] }> {
    const row = await this.#service.get(id)
    const answered: AnsweredImage[] = []
    for (let after = 0; ;) {
      const page = this.#repo.answered({ baselineId: id, after, limit: rowsPerPage })
      answered.push(...page)
      const last = page.at(-1)
      if (last === undefined || page.length < rowsPerPage) return { row, answered }
      after = last.imageId
      await yieldToEvents()
    }
  }
}

export function assertAnswers({ id, name, record }: Pick<BaselineRow, 'id' | 'name' | 'record'>, task: Task) {
  if (record.tasks.includes(task)) return
  const instead =
    record.tasks.length === 0 ? 'it says only where faces are' : `it answers ${record.tasks.join(' and ')}`
  throw new AppError('INVALID_INPUT', `Baseline ${id} (${name}) has no answers for ${task}: ${instead}.`, {
    details: { baselineId: id, task },
  })
}

/** From a system's words to labels, by the table that was stored when they were taken in. */
function openMapping({ record }: BaselineRow): (answer: AnsweredImage) => MappedAnswer {
  const lines = new Map(record.mapping.map((line) => [`${line.task} ${line.scheme} ${line.from}`, line.to]))
  return ({ outcome, scheme, race, gender, age }) => {
    const label = (task: Task, word: string | null): string | null =>
      word === null ? null : (lines.get(`${task} ${scheme} ${word}`) ?? null)
    // A line may say that an age stands for nothing; years have a line only where a rule names them.
    const line = age === null ? undefined : lines.get(`age ${scheme} ${age}`)
    const { bin, years } = readMappedAge(line === undefined ? age : line)
    return {
      outcome,
      scheme,
      race: label('race', race),
      gender: label('gender', gender),
      ageBin: bin,
      ageYears: years,
    }
  }
}

function noteUnmapped(
  row: BaselineRow,
  answered: readonly AnsweredImage[],
  asked: { readonly tasks: readonly Task[]; readonly ofYears: boolean },
): string[] {
  const map = openMapping(row)
  const said = answered.map((one) => {
    const { race, gender, ageBin, ageYears } = map(one)
    return {
      race: { word: one.race, isMapped: race !== null },
      gender: { word: one.gender, isMapped: gender !== null },
      age: { word: one.age, isMapped: (asked.ofYears ? ageYears : ageBin) !== null },
    }
  })
  return describeUnmapped(said, asked)
}

/** The answer as an index into labels of a scheme; -1 where no face was found, nothing was said, or it has no such label. */
export function encodeAnswer(
  answer: MappedAnswer,
  task: Task,
  { scheme, labels }: { readonly scheme: LabelScheme; readonly labels: readonly string[] },
): number {
  if (answer.outcome !== 'answered') return -1
  const label =
    task === 'age' ? answer.ageBin : translateAnswer(answer[task], task, { from: answer.scheme, to: scheme })
  return label === null ? -1 : labels.indexOf(label)
}

const chooseScheme = (answered: readonly AnsweredImage[]): LabelScheme => {
  const [only, ...others] = new Set(answered.map(({ scheme }) => scheme))
  return only === undefined || others.length > 0 ? 'fairface7' : only
}

function recordAnswers(row: BaselineRow, answered: readonly AnsweredImage[], task: Task): TaskRecords {
  const scheme = chooseScheme(answered)
  const offered = listSchemeLabels(scheme)
  const indices = answered.map((one) => {
    const image: LabelledImage = {
      scheme: one.scheme,
      race: one.labelledRace,
      gender: one.labelledGender,
      ageBin: one.labelledBin,
      ageYears: one.labelledYears,
    }
    return encodeLabels(image, { labels: offered, scheme })
  })
  const map = openMapping(row)
  const mapped = answered.map(map)
  const group = (grouping: Task): RecordGroups => ({
    groups: offered[grouping],
    indices: Int16Array.from(indices, (index) => index[grouping]),
  })
  const years = mapped.map(({ ageYears }) => ageYears)
  const hasYears = task === 'age' && years.some((one) => one !== null)
  return {
    task,
    labels: offered[task],
    labelled: Int16Array.from(indices, (index) => index[task]),
    predicted: Int16Array.from(mapped, (one) => encodeAnswer(one, task, { scheme, labels: offered[task] })),
    clusters: groupImages(answered).groupOf,
    groupings: { race: group('race'), gender: group('gender'), age: group('age') },
    ...(hasYears
      ? {
          years: {
            predicted: Float64Array.from(years, (one) => one ?? Number.NaN),
            labelled: Float64Array.from(answered, ({ labelledYears }) => labelledYears ?? Number.NaN),
          },
        }
      : {}),
  }
}
