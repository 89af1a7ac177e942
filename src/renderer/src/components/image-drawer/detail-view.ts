import { formatCount } from '#shared/domain/format.ts'
import { formatBytes, formatCategory, formatTime } from '../format.ts'
import type { HistoryEntry } from '#shared/contract/decision.contract.ts'
import type { ImageDetail, LabelRecord } from '#shared/contract/image.contract.ts'
import { checks } from '#shared/domain/checks.ts'
import { removeReasonCodes, removeReasons } from '#shared/domain/decision-words.ts'

export interface LabelLine {
  readonly task: string
  readonly value: string
  /** Where the label came from, in one line. */
  readonly provenance: string
}

const taskOrder = ['race', 'gender', 'age', 'identity'] as const
const taskTitles = { race: 'Race', gender: 'Gender', age: 'Age', identity: 'Identity' } as const

function describeProvenance(record: LabelRecord): string {
  const from =
    record.source === 'person'
      ? `changed by ${record.actor}`
      : [record.sourceFile ?? 'import', record.sourceColumn].filter((word) => word !== null).join(', ')
  return `${from}, ${formatTime(record.at)}`
}

/** The label records in reading order, newest first within a task; the first of each task is in force. */
export function describeLabelRecords(records: readonly LabelRecord[]): LabelLine[] {
  return taskOrder.flatMap((task) =>
    records
      .filter((record) => record.task === task)
      .toSorted((a, b) => b.at.localeCompare(a.at))
      .map((record) => ({
        task: taskTitles[task],
        value: record.value === null ? 'missing' : formatCategory(record.value),
        provenance: describeProvenance(record),
      })),
  )
}

/** File facts as pairs of words. */
export function describeFile(image: ImageDetail): { readonly term: string; readonly value: string }[] {
  return [
    { term: 'Size', value: `${formatCount(image.width)} × ${formatCount(image.height)} px` },
    { term: 'File', value: `${image.format.toUpperCase()}, ${formatBytes(image.bytes)}` },
    ...(image.exifOrientation === 1
      ? []
      : [{ term: 'Turned', value: `by EXIF orientation ${image.exifOrientation}` }]),
    { term: 'Imported', value: formatTime(image.importedAt) },
  ]
}

const fieldTitles = {
  status: 'Status',
  suspect: 'Identity suspect',
  review: 'Looked at',
  race: 'Race',
  gender: 'Gender',
  age: 'Age',
} as const

/** "Status: undecided → removed (Greyscale)"; several changes joined by semicolons. */
export function describeChanges(changes: HistoryEntry['changes']): string {
  return changes
    .map(({ field, from, to, check, reason, note }) => {
      const why = [
        ...(reason === null
          ? []
          : [removeReasons[removeReasonCodes.find((one) => one === reason) ?? 'other']]),
        ...(note === null ? [] : [`“${note}”`]),
      ]
      const what =
        field === 'review'
          ? `${fieldTitles.review}: ${check === null ? 'every finding' : checks[check].title}, ${to ?? 'open again'}`
          : `${fieldTitles[field]}: ${from ?? 'none'} → ${to ?? 'none'}`
      return why.length === 0 ? what : `${what} (${why.join(', ')})`
    })
    .join('; ')
}
