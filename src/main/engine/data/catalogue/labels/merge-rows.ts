import type { ImageLabels, ReadLabels, Repair } from '#engine/data/catalogue/domain/image-labels.ts'
import type { LabelOrigin, SourcedLabels } from './label-source.ts'

/** What one row of a label file says of an image, and where it stands ("labels.csv, line 3"). */
export interface RowLabels extends ReadLabels {
  readonly place: string
  readonly origins: SourcedLabels['origins']
}

type Task = keyof SourcedLabels['origins']
const tasks = ['age', 'gender', 'race', 'identity'] as const satisfies readonly Task[]

const textOf = ({ labels }: RowLabels, task: Task): string | null =>
  task === 'age' ? (labels.ageYears?.toString() ?? labels.ageBin) : labels[task]

/** Years are within a bin that another row gives. */
const isWithin = (row: RowLabels, other: RowLabels): boolean =>
  row.labels.ageBin === other.labels.ageBin &&
  (row.labels.ageYears === null || other.labels.ageYears === null)

function agree(task: Task, row: RowLabels, other: RowLabels): boolean {
  return textOf(row, task) === textOf(other, task) || (task === 'age' && isWithin(row, other))
}

const disagreement = 'Rows of the label file give this image different labels.'

/**
 * The labels of several rows that name one image: what they agree on, and what only one gives. Where they differ nobody can
 * say which is right: that label is left missing, and the repair tells every row with what it says.
 */
export function mergeRows(rows: readonly [RowLabels, ...RowLabels[]]): SourcedLabels {
  const [first] = rows
  if (rows.length === 1) return first
  const labels: { -readonly [Field in keyof ImageLabels]: ImageLabels[Field] } = { ...first.labels }
  const origins: { -readonly [Name in Task]: LabelOrigin } = { ...first.origins }
  const contested: Repair[] = []
  for (const task of tasks) {
    const giving = rows.filter((row) => textOf(row, task) !== null)
    const chosen =
      (task === 'age' ? giving.find(({ labels: { ageYears } }) => ageYears !== null) : null) ?? giving[0]
    const isAgreed = giving.every((row) => chosen !== undefined && agree(task, chosen, row))
    if (chosen !== undefined) origins[task] = chosen.origins[task]
    take(labels, task, isAgreed ? chosen?.labels : undefined)
    if (isAgreed) continue
    contested.push({
      field: task,
      from: describeRows(giving, task),
      to: null,
      reason: `${disagreement} The label is left missing: correct or remove one of the rows.`,
      reasonIfKept: `${disagreement} The label imported earlier is kept; decide it, or correct or remove one of the rows.`,
    })
  }
  // One line for each field, or the last would stand for all.
  const told = new Set(contested.map(({ field }) => field))
  const others = rows.flatMap(({ repairs }) => repairs).filter(({ field }) => !told.has(field))
  const byField = new Map(others.toReversed().map((repair) => [repair.field, repair]))
  return { labels, origins, repairs: [...byField.values(), ...contested] }
}

const namedAtMost = 10

function describeRows(rows: readonly RowLabels[], task: Task): string {
  const named = rows.slice(0, namedAtMost).map((row) => `${textOf(row, task)} (${row.place})`)
  const more = rows.length - named.length
  return `${named.join(', ')}${more === 0 ? '' : ` and ${more} more`}`
}

function take(
  labels: { -readonly [Field in keyof ImageLabels]: ImageLabels[Field] },
  task: Task,
  from: ImageLabels | undefined,
): void {
  if (task === 'age') {
    labels.ageYears = from?.ageYears ?? null
    labels.ageBin = from?.ageBin ?? null
    return
  }
  labels[task] = from?.[task] ?? null
}
