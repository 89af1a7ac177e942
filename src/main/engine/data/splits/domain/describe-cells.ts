import type { PartName, SplitCell, SplitCells, SplitComparison } from '#shared/contract/split.contract.ts'

interface Labels {
  readonly race: string | null
  readonly gender: string | null
  readonly age: string | null
}

const parts = ['train', 'val', 'test'] as const satisfies readonly PartName[]
const nameCell = ({ race, gender, age }: Labels): string => JSON.stringify([race, gender, age])

/**
 * Each cell's share of the parts beside its share of the whole, the largest difference first.
 *
 * @param rows.cells images by cell and part
 * @param rows.groups groups by cell
 */
export function describeCells(rows: {
  readonly cells: readonly (Labels & { readonly part: PartName; readonly images: number })[]
  readonly groups: readonly (Labels & { readonly groups: number })[]
}): Omit<SplitCells, 'splitId'> {
  const sizes = { train: 0, val: 0, test: 0 }
  const cells = new Map<string, { labels: Labels; parts: Record<PartName, number> }>()
  for (const { part, images, ...labels } of rows.cells) {
    sizes[part] += images
    const cell = cells.get(nameCell(labels)) ?? { labels, parts: { train: 0, val: 0, test: 0 } }
    cell.parts[part] += images
    cells.set(nameCell(labels), cell)
  }
  const groups = new Map(rows.groups.map((row) => [nameCell(row), row.groups]))
  const whole = sizes.train + sizes.val + sizes.test
  const described = [...cells].map(([name, { labels, parts: inParts }]): SplitCell => {
    const images = inParts.train + inParts.val + inParts.test
    const differences = parts
      .filter((part) => sizes[part] > 0)
      .map((part) => ({ part, difference: inParts[part] / sizes[part] - images / whole }))
    const worst = differences.reduce((a, b) => (Math.abs(b.difference) > Math.abs(a.difference) ? b : a), {
      part: 'train',
      difference: 0,
    })
    return { ...labels, images, groups: groups.get(name) ?? 0, parts: inParts, worst }
  })
  const ordered = described.toSorted(
    (a, b) =>
      Math.abs(b.worst.difference) - Math.abs(a.worst.difference) ||
      b.images - a.images ||
      (nameCell(a) < nameCell(b) ? -1 : 1),
  )
  return { parts: sizes, images: whole, cells: ordered }
}

/** Where the images of one split stand in another. */
export function describeMoves(
  moves: readonly {
    readonly from: PartName | null
    readonly to: PartName | null
    readonly images: number
    readonly relabelled: number
  }[],
): Omit<SplitComparison, 'splitId' | 'otherId'> {
  const sum = (counts: readonly number[]): number => counts.reduce((total, one) => total + one, 0)
  const shared = moves.filter(({ from, to }) => from !== null && to !== null)
  const moved = sum(shared.filter(({ from, to }) => from !== to).map(({ images }) => images))
  const relabelled = sum(moves.map((move) => move.relabelled))
  return {
    isSame: moved === 0 && relabelled === 0 && shared.length === moves.length,
    moves: moves.map(({ from, to, images }) => ({ from, to, images })),
    shared: sum(shared.map(({ images }) => images)),
    moved,
    relabelled,
  }
}
