import * as z from 'zod'
import type { SnapshotDifference, SnapshotSummary } from '#shared/contract/snapshot.contract.ts'
import { formatCount } from '#shared/domain/format.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { parseFlags, pickByReference } from '../parse-flags.ts'
import { formatTable } from '../table.ts'
import { defineCommand } from './define-command.ts'

const createFlags = z.object({
  name: z.string().optional(),
  note: z.string().optional(),
  reviewer: z.string().optional(),
})

const describe = ({ id, name, hash, images, createdAt }: SnapshotSummary): string =>
  `${name} (${id}), ${formatCount(images)} images, made ${createdAt}\nhash ${hash}`

export function addSnapshotCommands({ program, run }: CommandRegistry): void {
  const snapshot = defineCommand(program, 'snapshot', 'keep the state of the catalogue')
    .option('--name <name>', 'name of the snapshot')
    .option('--note <text>', 'what it is for')
    .option('--reviewer <name>', 'name that stands beside it (default: that of the settings)')
  snapshot.action(() =>
    run(snapshot, async (context) => {
      const { client } = await context.openProject()
      const made = await client.snapshot.create(parseFlags(createFlags, snapshot.opts()))
      return { json: made, text: describe(made) }
    }),
  )
  addStored({ program: snapshot, run })
}

function addStored({ program, run }: CommandRegistry): void {
  const list = defineCommand(program, 'list', 'list the snapshots')
  list.action(() =>
    run(list, async (context) => {
      const { client } = await context.openProject()
      const snapshots = await client.snapshot.list()
      const text = formatTable(snapshots, [
        { title: 'id', cell: ({ id }) => String(id), alignRight: true },
        { title: 'name', cell: ({ name }) => name },
        { title: 'images', cell: ({ images }) => formatCount(images), alignRight: true },
        { title: 'hash', cell: ({ hash }) => hash.slice(0, 12) },
        { title: 'who', cell: ({ reviewer }) => reviewer },
        { title: 'made', cell: ({ createdAt }) => createdAt },
      ])
      return { json: snapshots, text }
    }),
  )

  const show = defineCommand(program, 'show <snapshot>', 'show one snapshot')
  show.action((reference: string) =>
    run(show, async (context) => {
      const { client } = await context.openProject()
      const found = pickByReference(await client.snapshot.list(), reference, 'snapshot')
      return { json: found, text: [describe(found), found.note].filter((part) => part !== '').join('\n') }
    }),
  )

  const diff = defineCommand(program, 'diff <from> [to]', 'what changed from one to another, or until now')
  diff.action((from: string, to: string | undefined) =>
    run(diff, async (context) => {
      const { client } = await context.openProject()
      const snapshots = await client.snapshot.list()
      const a = pickByReference(snapshots, from, 'snapshot').id
      const b = to === undefined ? undefined : pickByReference(snapshots, to, 'snapshot').id
      const compared = await client.snapshot.diff({ a, b, limit: 20 })
      const more = compared.added + compared.removed + compared.changed - compared.items.length
      return {
        json: compared,
        text: [
          compared.text,
          ...compared.items.map(describeDifference),
          ...(more > 0 ? [`  and ${formatCount(more)} more`] : []),
        ].join('\n'),
      }
    }),
  )
}

function describeDifference({ kind, dataset, path, before, after }: SnapshotDifference): string {
  const changes =
    before === null || after === null
      ? []
      : (['race', 'gender', 'age', 'identity'] as const)
          .filter((task) => before[task] !== after[task])
          .map((task) => `${task} ${before[task] ?? 'none'} -> ${after[task] ?? 'none'}`)
  return `  ${kind} ${dataset}/${path}${changes.length === 0 ? '' : `: ${changes.join(', ')}`}`
}
