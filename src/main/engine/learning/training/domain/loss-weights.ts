import type { Task } from '#shared/domain/tasks.ts'

/** Mean training loss of each task over one epoch; null where nothing was labelled. */
export type EpochLosses = Readonly<Record<Task, number | null>>

/**
 * Factors of the tasks' losses for the next epoch by dynamic weight averaging (Liu, Johns & Davison 2019): `K *
 * softmax(r / temperature)` over the K tasks, where `r` is the loss of the last epoch over that of the one before. Tasks
 * whose loss falls slowly weigh more.
 * @param history Finished epochs in order. The first two epochs have no ratio yet: every factor is 1.
 */
export function weighDynamically(
  history: readonly EpochLosses[],
  { tasks, temperature }: { readonly tasks: readonly Task[]; readonly temperature: number },
): Map<Task, number> {
  const [last, before] = [history.at(-1), history.at(-2)]
  if (last === undefined || before === undefined) return new Map(tasks.map((task) => [task, 1]))
  const ratios = tasks.map((task) => {
    const ratio = (last[task] ?? Number.NaN) / (before[task] ?? Number.NaN)
    return Number.isFinite(ratio) ? ratio : 1
  })
  const largest = Math.max(...ratios)
  const shares = ratios.map((ratio) => Math.exp((ratio - largest) / temperature))
  const total = shares.reduce((sum, share) => sum + share, 0)
  return new Map(tasks.map((task, index) => [task, (tasks.length * (shares[index] ?? 0)) / total]))
}
