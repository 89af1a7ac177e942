import { labelSchemes } from './label-schemes.ts'
import type { Task } from './tasks.ts'

/** Tasks that may want a purpose: the first always, the second where a project says so. */
export const guardedTasks = ['race', 'gender'] as const satisfies readonly Task[]
export type GuardedTask = (typeof guardedTasks)[number]

/** Heads that may want a purpose: the marks of the generated sample say nothing about people. */
export function listGuardedHeads(
  labelsOf: (task: GuardedTask) => readonly string[] | null | undefined,
): GuardedTask[] {
  return guardedTasks.filter((task) => {
    const labels = labelsOf(task) ?? null
    return labels !== null && labels.join('\n') !== labelSchemes.sample[task].join('\n')
  })
}
