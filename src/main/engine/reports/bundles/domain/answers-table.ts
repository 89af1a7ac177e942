import type { ReportDocument } from '#shared/contract/report.contract.ts'
import type { Task } from '#shared/domain/tasks.ts'
import type { Grouping } from '#engine/assessment/metrics/domain/measure.ts'
import type { TaskRecords } from '#engine/assessment/metrics/domain/records.ts'
import { joinCells, splitCells } from './plain-csv.ts'

/** One image of a part: its number in the catalogue, the hash of its file, and its exact age where it has one. */
export interface AnsweredImage {
  readonly imageId: number
  readonly fileSha256: string
  readonly ageYears: number | null
}

/** All that figures are made of, image by image. */
export interface AnswerTable {
  readonly images: readonly AnsweredImage[]
  /** Of each task that the model answers, in the order of the report. */
  readonly records: ReadonlyMap<Task, TaskRecords>
}

/** What the table is read by: groups and labels in their order, from the report. */
export type AnswerWords = Pick<ReportDocument, 'population' | 'tasks'>

const groupings = ['race', 'gender', 'age'] as const satisfies readonly Grouping[]
const rowsPerChunk = 1000

interface TaskColumns {
  readonly task: Task
  readonly labels: readonly string[]
  readonly hasYears: boolean
  readonly hasProbabilities: boolean
}

function nameColumns(tasks: readonly TaskColumns[]): string[] {
  const own = tasks.flatMap(({ task, labels, hasYears, hasProbabilities }) => [
    `${task}_label`,
    `${task}_answer`,
    ...(hasYears ? [`${task}_answer_years`] : []),
    ...(hasProbabilities ? labels.map((label) => `${task}_p_${label}`) : []),
  ])
  return ['image', 'sha256', 'identity', 'race', 'gender', 'age', 'age_years', ...own]
}

const hasNumber = (values: ArrayLike<number> | undefined): boolean =>
  values !== undefined && Array.prototype.some.call(values, (value: number) => !Number.isNaN(value))

const describeColumns = (records: TaskRecords): TaskColumns => ({
  task: records.task,
  labels: records.labels,
  hasYears: records.years !== undefined,
  hasProbabilities: hasNumber(records.probabilities),
})

/** Nine digits tell every float32 apart. */
const writeFloat32 = (value: number): string =>
  Number.isNaN(value) ? '' : String(Number(value.toPrecision(9)))
const writeNumber = (value: number | null | undefined): string =>
  value === null || value === undefined || Number.isNaN(value) ? '' : String(value)

/** As CSV in portions: one line an image, words as they are labelled and answered, an empty cell where there is none. */
export function* writeAnswers({ images, records }: AnswerTable): Generator<Uint8Array, void, void> {
  const all = [...records.values()]
  const [first] = all
  if (first === undefined) throw new Error('There are no answers to write')
  const columns = all.map(describeColumns)
  yield Buffer.from(`${joinCells(nameColumns(columns))}\n`)
  for (let from = 0; from < images.length; from += rowsPerChunk) {
    const lines = images.slice(from, from + rowsPerChunk).map((image, place) => {
      const at = from + place
      const cells = [
        String(image.imageId),
        image.fileSha256,
        String(first.clusters[at] ?? -1),
        ...groupings.map((grouping) => {
          const { groups, indices } = first.groupings[grouping]
          return groups[indices[at] ?? -1] ?? ''
        }),
        writeNumber(image.ageYears),
      ]
      all.forEach((own, index) => {
        const { hasYears, hasProbabilities } = columns[index] ?? { hasYears: false, hasProbabilities: false }
        const { labels, labelled, predicted, years, probabilities } = own
        cells.push(labels[labelled[at] ?? -1] ?? '', labels[predicted[at] ?? -1] ?? '')
        if (hasYears) cells.push(writeNumber(years?.predicted[at]))
        if (hasProbabilities)
          for (let label = 0; label < labels.length; label++)
            cells.push(writeFloat32(probabilities?.[at * labels.length + label] ?? Number.NaN))
      })
      return joinCells(cells)
    })
    yield Buffer.from(`${lines.join('\n')}\n`)
  }
}

type Refuse = (reason: string) => never

/** Reads one table back. @param refuse says what is wrong with it, and throws */
export function readAnswers(text: string, words: AnswerWords, refuse: Refuse): AnswerTable {
  const lines = text.split('\n')
  if (lines.pop() !== '') refuse('its last line is cut off')
  const header = splitCells(lines.shift() ?? '')
  const columns = words.tasks.map(({ task, result }) => ({
    task,
    labels: result.confusion.labels,
    hasYears: header.includes(`${task}_answer_years`),
    hasProbabilities: header.includes(`${task}_p_${result.confusion.labels[0] ?? ''}`),
  }))
  const expected = joinCells(nameColumns(columns))
  if (joinCells(header) !== expected)
    refuse(`its columns are not those that the report speaks of: ${expected}`)
  const reader = new AnswerReader(columns, words, lines.length)
  lines.forEach((line, row) => {
    const cells = splitCells(line)
    if (cells.length !== header.length)
      refuse(`line ${row + 2} has ${cells.length} cells where ${header.length} are due`)
    reader.read(cells, row, (reason) => refuse(`line ${row + 2}: ${reason}`))
  })
  return reader.finish()
}

const hash = /^[0-9a-f]{64}$/
const whole = /^(0|[1-9]\d{0,14})$/

class AnswerReader {
  readonly #columns: readonly TaskColumns[]
  readonly #images: AnsweredImage[] = []
  readonly #clusters: Int32Array
  readonly #groups: { grouping: Grouping; groups: string[]; indices: Int16Array }[]
  readonly #tasks: {
    labelled: Int16Array
    predicted: Int16Array
    years: Float64Array
    probabilities: Float32Array
  }[]

  constructor(columns: readonly TaskColumns[], words: AnswerWords, n: number) {
    this.#columns = columns
    this.#clusters = new Int32Array(n)
    this.#groups = groupings.map((grouping) => ({
      grouping,
      groups: (words.population.groupings.find((one) => one.grouping === grouping)?.groups ?? []).map(
        ({ group }) => group,
      ),
      indices: new Int16Array(n),
    }))
    this.#tasks = columns.map(({ labels, hasProbabilities }) => ({
      labelled: new Int16Array(n),
      predicted: new Int16Array(n),
      years: new Float64Array(n),
      probabilities: hasProbabilities ? new Float32Array(n * labels.length) : new Float32Array(0),
    }))
  }

  read(cells: readonly string[], row: number, refuse: Refuse): void {
    let at = 0
    const next = (): string => cells[at++] ?? ''
    const number = (text: string): number => {
      if (text === '') return Number.NaN
      const value = Number(text)
      if (!Number.isFinite(value) || text.trim() !== text)
        refuse(`${JSON.stringify(text.slice(0, 40))} is no number`)
      return value
    }
    const count = (): number => {
      const text = next()
      if (!whole.test(text)) refuse(`${JSON.stringify(text.slice(0, 40))} is no whole number`)
      return Number(text)
    }
    const word = (words: readonly string[]): number => {
      const text = next()
      const index = text === '' ? -1 : words.indexOf(text)
      if (text !== '' && index < 0)
        refuse(`${JSON.stringify(text.slice(0, 40))} is none of ${words.join(', ')}`)
      return index
    }
    const imageId = count()
    const fileSha256 = next()
    if (!hash.test(fileSha256)) refuse('its sha256 is no hash')
    const before = this.#images.at(-1)
    if (before !== undefined && imageId <= before.imageId)
      refuse(`image ${imageId} does not come after image ${before.imageId}`)
    this.#clusters[row] = count()
    for (const { groups, indices } of this.#groups) indices[row] = word(groups)
    const ageYears = number(next())
    this.#images.push({ imageId, fileSha256, ageYears: Number.isNaN(ageYears) ? null : ageYears })
    this.#tasks.forEach((own, index) => {
      const { labels = [], hasYears, hasProbabilities } = this.#columns[index] ?? {}
      own.labelled[row] = word(labels)
      own.predicted[row] = word(labels)
      own.years[row] = hasYears === true ? number(next()) : Number.NaN
      if (hasProbabilities === true)
        for (let label = 0; label < labels.length; label++)
          own.probabilities[row * labels.length + label] = number(next())
    })
  }

  finish(): AnswerTable {
    const grouped = new Map(
      this.#groups.map(({ grouping, groups, indices }) => [grouping, { groups, indices }]),
    )
    const none = { groups: [], indices: new Int16Array(this.#images.length) }
    const groupsOf = (grouping: Grouping) => grouped.get(grouping) ?? none
    const records = this.#columns.map(
      ({ task, labels, hasYears, hasProbabilities }, index): [Task, TaskRecords] => {
        const own = this.#tasks[index]
        if (own === undefined) throw new Error(`There are no answers for ${task}`)
        return [
          task,
          {
            task,
            labels,
            labelled: own.labelled,
            predicted: own.predicted,
            clusters: this.#clusters,
            groupings: { race: groupsOf('race'), gender: groupsOf('gender'), age: groupsOf('age') },
            probabilities: hasProbabilities
              ? own.probabilities
              : new Float32Array(this.#images.length * labels.length).fill(Number.NaN),
            ...(hasYears
              ? {
                  years: {
                    predicted: own.years,
                    labelled: Float64Array.from(this.#images, ({ ageYears }) => ageYears ?? Number.NaN),
                  },
                }
              : {}),
          },
        ]
      },
    )
    return { images: this.#images, records: new Map(records) }
  }
}
