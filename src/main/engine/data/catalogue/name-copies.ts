import { createHash } from 'node:crypto'

/** The folder below the originals that takes the copies of a data set: readable, and one for each name. */
export function nameCopies(dataset: string): string {
  const hash = createHash('sha256').update(dataset).digest('hex').slice(0, 8)
  return `${dataset.replace(/[^\w-]+/g, '-').slice(0, 40)}-${hash}`
}
