import { expectedYearsCount, type AgeReadOut } from '#shared/domain/age-read-out.ts'
import { AppError } from '#shared/contract/errors.ts'
import { tasks, type Task } from '#shared/domain/tasks.ts'
import { readYears } from '#engine/networks/architecture/read-age.ts'
import { argMax, softmax } from '#engine/networks/architecture/softmax.ts'

/** One number of a model's answer that maps explain. */
export interface Target {
  readonly task: Task
  readonly label: string
  readonly kind: 'probability' | 'years'
  /** From the numbers of the task's head for one picture. */
  readonly read: (row: ArrayLike<number>) => number
  /** The gradient of what is explained by the head's numbers: for a class its own number alone, for years what each adds. */
  readonly gradient: (row: ArrayLike<number>) => Float64Array
}

interface Asked {
  readonly heads: ReadonlyMap<Task, Float32Array>
  readonly labels: ReadonlyMap<Task, readonly string[]>
  readonly ageReadOut: AgeReadOut
  /** Labels that were asked for. */
  readonly wanted: Readonly<Partial<Record<Task, string>>>
}

function aimAtYears(row: ArrayLike<number>, readOut: Exclude<AgeReadOut, 'class'>): Target {
  return {
    task: 'age',
    label: 'years',
    kind: 'years',
    read: (numbers) => readYears(numbers, readOut),
    gradient: (numbers) => {
      if (readOut === 'years') return Float64Array.of(1)
      const probabilities = softmax(numbers)
      const years = readYears(numbers, readOut)
      return Float64Array.from({ length: expectedYearsCount }, (_, year) => {
        return (probabilities[year] ?? 0) * (year - years)
      })
    },
  }
}

function aimAtLabel(task: Task, row: ArrayLike<number>, classes: readonly string[], wanted?: string): Target {
  const place = wanted === undefined ? argMax(row) : classes.indexOf(wanted)
  const label = classes[place]
  if (label === undefined) {
    throw new AppError(
      'INVALID_INPUT',
      `The model knows no ${task} label "${wanted ?? ''}". It knows ${classes.join(', ')}.`,
    )
  }
  return {
    task,
    label,
    kind: 'probability',
    read: (numbers) => softmax(numbers)[place] ?? 0,
    gradient: (numbers) => Float64Array.from({ length: numbers.length }, (_, at) => (at === place ? 1 : 0)),
  }
}

/** What is explained of each head: the answered label or the asked one, of an age head in years the years. */
export function chooseTargets({ heads, labels, ageReadOut, wanted }: Asked): Target[] {
  return tasks.flatMap((task) => {
    const row = heads.get(task)
    const classes = labels.get(task)
    if (row === undefined || classes === undefined) return []
    if (task === 'age' && ageReadOut !== 'class') return [aimAtYears(row, ageReadOut)]
    return [aimAtLabel(task, row, classes, wanted[task])]
  })
}
