import * as z from 'zod'
import type { PartName, SplitCell, SplitComparison } from '#shared/contract/split.contract.ts'
import { formatCount } from '#shared/domain/format.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { integerFlag, parseFlags, pickByReference } from '../parse-flags.ts'
import { formatTable } from '../table.ts'
import { defineCommand } from './define-command.ts'

const parts = ['train', 'val', 'test'] as const
const topFlag = z.object({ top: integerFlag.pipe(z.int().min(1)).default(20) })
const percent = (share: number): string => `${(share * 100).toFixed(2)}%`
const points = (difference: number): string =>
  `${difference >= 0 ? '+' : '-'}${(Math.abs(difference) * 100).toFixed(2)}`

/** `split cells` and `split diff`. */
export function addSplitCellCommands({ program, run }: CommandRegistry): void {
  const cells = defineCommand(
    program,
    'cells <split>',
    'each cell of race, gender and age in the whole and in the parts, the worst first',
  ).option('--top <n>', 'at most so many (default: 20)')
  cells.action((reference: string) =>
    run(cells, async (context) => {
      const { top } = parseFlags(topFlag, cells.opts())
      const { client } = await context.openProject()
      const splits = (await client.split.list()).map(({ splitId, name }) => ({ id: splitId, name }))
      const found = await client.split.cells({
        splitId: pickByReference(splits, reference, 'split').id,
      })
      const share = (cell: SplitCell, part: PartName): string =>
        found.parts[part] === 0 ? '' : percent(cell.parts[part] / found.parts[part])
      const table = formatTable(found.cells.slice(0, top), [
        { title: 'labelled', cell: ({ race, gender, age }) => nameLabels(race, gender, age) },
        { title: 'images', cell: ({ images }) => formatCount(images), alignRight: true },
        { title: 'groups', cell: ({ groups }) => formatCount(groups), alignRight: true },
        { title: 'whole', cell: ({ images }) => percent(images / found.images), alignRight: true },
        ...parts.map((part) => ({
          title: part,
          cell: (cell: SplitCell) => `${share(cell, part)} (${formatCount(cell.parts[part])})`,
          alignRight: true as const,
        })),
        { title: 'worst', cell: ({ worst }) => `${points(worst.difference)} in ${worst.part}` },
      ])
      const more = found.cells.length > top ? `\n(${formatCount(found.cells.length - top)} more cells)` : ''
      return { json: found, text: `${table}${more}\nDifferences in percentage points of the part.` }
    }),
  )

  const diff = defineCommand(
    program,
    'diff <split> <other>',
    'where the images of one split stand in another',
  )
  diff.action((reference: string, other: string) =>
    run(diff, async (context) => {
      const { client } = await context.openProject()
      const splits = (await client.split.list()).map(({ splitId, name }) => ({ id: splitId, name }))
      const [one, two] = [
        pickByReference(splits, reference, 'split'),
        pickByReference(splits, other, 'split'),
      ]
      const found = await client.split.compare({ splitId: one.id, otherId: two.id })
      return { json: found, text: describeComparison(found, [one.name, two.name]) }
    }),
  )
}

const nameLabels = (...labels: (string | null)[]): string =>
  labels.map((label) => label ?? 'unlabelled').join(', ')

function describeComparison(found: SplitComparison, [one, two]: readonly [string, string]): string {
  const places = [...parts, null] as const
  const countOf = (from: PartName | null, to: PartName | null): number =>
    found.moves.find((move) => move.from === from && move.to === to)?.images ?? 0
  const table = formatTable(places, [
    { title: `${one} \\ ${two}`, cell: (from) => from ?? 'not in it' },
    ...places.map((to) => ({
      title: to ?? 'not in it',
      cell: (from: PartName | null) => (from === null && to === null ? '' : formatCount(countOf(from, to))),
      alignRight: true as const,
    })),
  ])
  const { shared, moved, relabelled, isSame } = found
  const told = isSame
    ? 'Both hold the same images in the same parts with the same labels.'
    : `${formatCount(shared)} images in both: ${formatCount(moved)} in another part, ${formatCount(relabelled)} with other labels.`
  return `${table}\n${told}`
}
