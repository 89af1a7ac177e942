/** Sets that only ever grow together (union-find); each is named by its smallest member. */
export class DisjointSets {
  readonly #parents: Int32Array

  constructor(size: number) {
    this.#parents = Int32Array.from({ length: size }, (_, index) => index)
  }

  find(member: number): number {
    let root = member
    while (this.#parents[root] !== root) root = this.#parents[root] ?? root
    for (let step = member; step !== root;) {
      const next = this.#parents[step] ?? root
      this.#parents[step] = root
      step = next
    }
    return root
  }

  union(a: number, b: number): void {
    const [rootA, rootB] = [this.find(a), this.find(b)]
    this.#parents[Math.max(rootA, rootB)] = Math.min(rootA, rootB)
  }

  /** The members of every set of more than one, both in ascending order. */
  listGroups(): number[][] {
    const groups = new Map<number, number[]>()
    for (let member = 0; member < this.#parents.length; member++) {
      const root = this.find(member)
      if (root !== member) groups.set(root, [...(groups.get(root) ?? [root]), member])
    }
    return [...groups.values()].sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0))
  }
}
