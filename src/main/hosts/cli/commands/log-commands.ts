import { resolve } from 'node:path'
import * as z from 'zod'
import { accessKind, type AccessVerdict } from '#shared/contract/access.contract.ts'
import { errorTable } from '#shared/contract/errors.ts'
import { accessWords, describeSubject } from '#shared/derived/describe-access.ts'
import { formatCount } from '#shared/domain/format.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { integerFlag, parseFlags } from '../parse-flags.ts'
import { formatTable } from '../table.ts'
import { defineCommand } from './define-command.ts'

const filterFlags = z.object({
  kind: z.array(accessKind).min(1).optional(),
  actor: z.string().optional(),
})
const listFlags = filterFlags.extend({
  top: integerFlag.pipe(z.number().min(1).max(1000)).default(50),
  before: integerFlag.pipe(z.number().min(1)).optional(),
})
const exportFlags = filterFlags.extend({ out: z.string().min(1) })

export function addLogCommands({ program, run }: CommandRegistry): void {
  const log = defineCommand(program, 'log', 'who opened, imported, exported, predicted, unsealed and erased')
  const kinds = `lines of these kinds: ${accessKind.options.join(', ')}`

  const list = defineCommand(log, 'list', 'show lines of the access log, newest first')
    .option('--kind <kinds...>', kinds)
    .option('--actor <name>', 'lines of this name')
    .option('--top <n>', 'lines shown (default: 50)')
    .option('--before <position>', 'go on with the lines before this one')
  list.action(() =>
    run(list, async (context) => {
      const { kind, actor, top, before } = parseFlags(listFlags, list.opts())
      const { client } = await context.openProject()
      const found = await client.access.list({ filter: { kinds: kind, actor }, before, limit: top })
      const table = formatTable(found.lines, [
        { title: 'line', cell: ({ position }) => String(position), alignRight: true },
        { title: 'when', cell: ({ at }) => at },
        { title: 'act', cell: (line) => accessWords[line.kind] },
        { title: 'who', cell: (line) => line.actor },
        { title: 'host', cell: ({ host }) => host },
        { title: 'what', cell: (line) => describeSubject(line) },
      ])
      return { json: found, text: `${table}\n${formatCount(found.total)} in all` }
    }),
  )

  const verify = defineCommand(log, 'verify', 'check that no line was changed, taken away or put between')
  verify.action(() =>
    run(verify, async (context) => {
      const { client } = await context.openProject()
      const verdict = await client.access.verify()
      return {
        json: verdict,
        text: describeVerdict(verdict),
        exitCode: verdict.holds ? 0 : errorTable.CONFLICT.exitCode,
      }
    }),
  )

  const exportCommand = defineCommand(log, 'export', 'write the access log as CSV')
    .option('--kind <kinds...>', kinds)
    .option('--actor <name>', 'lines of this name')
    .requiredOption('--out <file>', 'CSV file to write')
  exportCommand.action(() =>
    run(exportCommand, async (context) => {
      const { kind, actor, out } = parseFlags(exportFlags, exportCommand.opts())
      const { client } = await context.openProject()
      const file = resolve(context.io.workingFolder, out)
      const written = await client.access.export({ filter: { kinds: kind, actor }, file })
      return { json: written, text: `Wrote ${formatCount(written.rows)} lines to ${written.file}` }
    }),
  )
}

const describeVerdict = ({ lines, head, holds, problems }: AccessVerdict): string =>
  holds
    ? `The log holds: ${formatCount(lines)} lines, the last ${head}`
    : problems.map(({ line, what }) => `Line ${line} does not hold. ${what}`).join('\n')
