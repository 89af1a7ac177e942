import { resolve } from 'node:path'
import * as z from 'zod'
import type { CatalogueCopy, RestoredCatalogue } from '#shared/contract/project.contract.ts'
import { describeRowsBeyond } from '#shared/domain/catalogue-rows.ts'
import { formatCount } from '#shared/domain/format.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { requireProject } from '../find-project.ts'
import { parseFlags } from '../parse-flags.ts'
import { formatTable } from '../table.ts'
import { defineCommand } from './define-command.ts'

const backupFlags = z.object({ out: z.string().optional() })

export function addBackupCommands({ program, run }: CommandRegistry): void {
  const backup = defineCommand(
    program,
    'backup',
    'copy the catalogue, also while it is in use, and check the copy',
  ).option('--out <file>', 'where to (default: the folder backups of the project)')
  backup.action(() =>
    run(backup, async (context) => {
      const { out } = parseFlags(backupFlags, backup.opts())
      const { client } = await context.openProject()
      const file = out === undefined ? undefined : resolve(context.io.workingFolder, out)
      const copy = await client.project.backUp({ file })
      return { json: copy, text: describeCopy(copy) }
    }),
  )

  const list = defineCommand(backup, 'list', 'list the copies of the catalogue, newest first')
  list.action(() =>
    run(list, async (context) => {
      const { client } = await context.openProject()
      const { copies, rows } = await client.project.copies()
      const text = formatTable(copies, [
        { title: 'made', cell: ({ madeAt }) => madeAt },
        { title: 'because', cell: ({ reason }) => reason ?? 'upgrade' },
        { title: 'bytes', cell: ({ bytes }) => formatCount(bytes), alignRight: true },
        { title: 'lacks', cell: (copy) => describeLack(copy, rows) },
        { title: 'file', cell: ({ file }) => file },
      ])
      return { json: { copies, rows }, text }
    }),
  )

  const restore = defineCommand(
    program,
    'restore <file>',
    'put a copy in the place of the catalogue; the one replaced is kept',
  )
  restore.action((file: string) =>
    run(restore, async (context) => {
      const folder = requireProject(context.projectFlag, context.io.workingFolder)
      const { client } = await context.openEngine()
      const restored = await client.project.restore({
        folder,
        file: resolve(context.io.workingFolder, file),
      })
      return { json: restored, text: describeRestored(restored) }
    }),
  )
}

const describeCopy = ({ file, bytes, sha256, rows }: CatalogueCopy): string =>
  [
    `${file}: ${formatCount(bytes)} bytes, ${formatCount(rows?.['image'] ?? 0)} images, read through and whole`,
    `sha256 ${sha256 ?? ''}`,
  ].join('\n')

const describeLack = ({ rows: copied }: CatalogueCopy, rows: Readonly<Record<string, number>>): string =>
  copied === null ? '' : (describeRowsBeyond(rows, copied) ?? '')

function describeRestored(restored: RestoredCatalogue): string {
  const { folder, file, replaced, before, after, erasedReturned } = restored
  const lost =
    before === null
      ? 'The catalogue before could not be read: what it held beyond the copy is not known.'
      : `Not in the copy: ${describeRowsBeyond(before, after) ?? 'nothing that is counted'}, and changes made since.`
  const kept = replaced === null ? [] : [`The catalogue before is kept as ${replaced}`]
  const returned =
    erasedReturned.length === 0
      ? []
      : [
          `${formatCount(erasedReturned.length)} pictures that had been erased are back with it. Erase them again: evenhand erase --image ${erasedReturned.join(',')} --reason "..."`,
        ]
  return [`Restored ${folder} from ${file}`, lost, ...kept, ...returned].join('\n')
}
