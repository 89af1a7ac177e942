import { formatCount } from './format.ts'

/** Tables whose rows a person would miss, in their words. */
const told: readonly (readonly [table: string, one: string, many: string])[] = [
  ['image', 'image', 'images'],
  ['act', 'act of curation', 'acts of curation'],
  ['snapshot', 'snapshot', 'snapshots'],
  ['split', 'split', 'splits'],
  ['run', 'run', 'runs'],
  ['model', 'model', 'models'],
  ['evaluation', 'evaluation', 'evaluations'],
]

type Rows = Readonly<Record<string, number>>

/** What a catalogue has that a copy of it lacks, as "12 images, 1 run"; null where it is nothing that is counted. */
export function describeRowsBeyond(catalogue: Rows, copy: Rows): string | null {
  const parts = told.flatMap(([table, one, many]) => {
    const missing = (catalogue[table] ?? 0) - (copy[table] ?? 0)
    return missing > 0 ? [`${formatCount(missing)} ${missing === 1 ? one : many}`] : []
  })
  return parts.length === 0 ? null : parts.join(', ')
}
