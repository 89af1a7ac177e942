import type { FieldValue } from './train-field.ts'

/** "Race, gender, age" in the order of reading. */
export function formatTasks(value: FieldValue | undefined): string {
  const chosen = Array.isArray(value) ? value : []
  const words = ['race', 'gender', 'age'].filter((task) => chosen.includes(task)).join(', ')
  return words === '' ? 'No head' : words.charAt(0).toUpperCase() + words.slice(1)
}
