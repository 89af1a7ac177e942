import type { Task } from '#shared/domain/tasks.ts'

export const taskTitles: Readonly<Record<Task, string>> = { race: 'Race', gender: 'Gender', age: 'Age' }

/** Race first, as it is what the product is about; files and tables of numbers keep the domain's order. */
export const tasksForReading = ['race', 'gender', 'age'] as const satisfies readonly Task[]

export const taskColors: Readonly<Record<Task, string>> = {
  race: '#0072B2',
  gender: '#D55E00',
  age: '#009E73',
}

export const partTitles = { train: 'Train', val: 'Validation', test: 'Test' } as const
