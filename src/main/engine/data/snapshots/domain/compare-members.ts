/** The labels of one image in a snapshot. */
export interface SnapshotMember {
  readonly imageId: number
  readonly race: string | null
  readonly gender: string | null
  readonly ageYears: number | null
  readonly ageBin: string | null
  readonly identity: string | null
}

const comparedTasks = ['race', 'gender', 'age', 'identity'] as const
type ComparedTask = (typeof comparedTasks)[number]

export interface MemberDifference {
  readonly imageId: number
  readonly before: SnapshotMember | null
  readonly after: SnapshotMember | null
}

export interface MemberComparison {
  readonly added: number
  readonly removed: number
  readonly changed: number
  readonly byTask: Readonly<Record<ComparedTask, number>>
}

const differs = (before: SnapshotMember, after: SnapshotMember, task: ComparedTask): boolean =>
  task === 'age'
    ? before.ageYears !== after.ageYears || before.ageBin !== after.ageBin
    : before[task] !== after[task]

/** Walks two lists in the order of their image ids side by side and tells each difference in that order. */
export function compareMembers(
  before: Iterable<SnapshotMember>,
  after: Iterable<SnapshotMember>,
  onDifference: (difference: MemberDifference) => void,
): MemberComparison {
  const counts = { added: 0, removed: 0, changed: 0, byTask: { race: 0, gender: 0, age: 0, identity: 0 } }
  const [left, right] = [before[Symbol.iterator](), after[Symbol.iterator]()]
  const take = (list: Iterator<SnapshotMember>): SnapshotMember | null => {
    const next = list.next()
    return next.done === true ? null : next.value
  }
  let [a, b] = [take(left), take(right)]
  while (a !== null || b !== null) {
    if (b === null || (a !== null && a.imageId < b.imageId)) {
      counts.removed += 1
      if (a !== null) onDifference({ imageId: a.imageId, before: a, after: null })
      a = take(left)
    } else if (a === null || b.imageId < a.imageId) {
      counts.added += 1
      onDifference({ imageId: b.imageId, before: null, after: b })
      b = take(right)
    } else {
      const [one, other] = [a, b]
      const tasks = comparedTasks.filter((task) => differs(one, other, task))
      for (const task of tasks) counts.byTask[task] += 1
      if (tasks.length > 0) {
        counts.changed += 1
        onDifference({ imageId: a.imageId, before: a, after: b })
      }
      a = take(left)
      b = take(right)
    }
  }
  return counts
}
