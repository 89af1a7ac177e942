import type { Task } from '#shared/domain/tasks.ts'
import { changes } from './domain/changes.ts'
import type { ChangedAnswers } from './domain/compare-changes.ts'
import { widthOf } from './sensitivity-files.ts'

/** Of the records of all images, `[n, width]`. */
export interface ReadAnswers {
  /** `[n]` of `imageState`. */
  readonly states: Uint8Array
  readonly answers: readonly ChangedAnswers[]
}

/** Stored records as answers by task. */
export function readAnswers(rows: Float32Array, tasks: readonly Task[]): ReadAnswers {
  const [width, count] = [widthOf(tasks.length), changes.length]
  const n = rows.length / width
  const years = new Float32Array(n * count)
  for (let at = 0; at < n; at++) {
    const first = at * width + 1 + tasks.length * count
    years.set(rows.subarray(first, first + count), at * count)
  }
  const hasYears = years.some((one) => !Number.isNaN(one))
  return {
    states: Uint8Array.from({ length: n }, (_, at) => rows[at * width] ?? 0),
    answers: tasks.map((task, place) => {
      const predicted = new Int16Array(n * count)
      for (let at = 0; at < n; at++) {
        const first = at * width + 1 + place * count
        predicted.set(rows.subarray(first, first + count), at * count)
      }
      return { task, predicted, years: task === 'age' && hasYears ? years : null }
    }),
  }
}

/** Answers of some images as records, `[images, width]`. */
export function writeAnswers(
  { states, predicted, years }: { states: Uint8Array; predicted: Int16Array; years: Float32Array },
  tasks: number,
): Float32Array {
  const [width, count] = [widthOf(tasks), changes.length]
  const rows = new Float32Array(states.length * width)
  states.forEach((state, at) => {
    const first = at * width
    rows[first] = state
    rows.set(predicted.subarray(at * tasks * count, (at + 1) * tasks * count), first + 1)
    rows.set(years.subarray(at * count, (at + 1) * count), first + 1 + tasks * count)
  })
  return rows
}
