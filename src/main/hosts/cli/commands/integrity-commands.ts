import * as z from 'zod'
import { errorTable } from '#shared/contract/errors.ts'
import { integrityReport, type IntegrityReport } from '#shared/contract/integrity.contract.ts'
import { formatCount } from '#shared/domain/format.ts'
import { integrityWords } from '#shared/domain/integrity-words.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { parseFlags } from '../parse-flags.ts'
import { formatTable } from '../table.ts'
import { defineCommand } from './define-command.ts'

const integrityFlags = z.object({ quick: z.boolean().default(false) })

export function addIntegrityCommands({ program, run }: CommandRegistry): void {
  const integrity = defineCommand(
    program,
    'integrity',
    'check everything stored against what was recorded of it; changes nothing',
  ).option('--quick', 'look at images and decoded images by their sizes alone')
  integrity.action(() =>
    run(integrity, async (context) => {
      const { quick } = parseFlags(integrityFlags, integrity.opts())
      const { client } = await context.openProject()
      const { jobId } = await client.integrity.check({ isQuick: quick })
      const howToContinue = 'Nothing was changed; start it again: evenhand integrity'
      const report = await context.awaitJob(jobId, integrityReport, howToContinue)
      const exitCode = report.holds ? 0 : errorTable.CONFLICT.exitCode
      return { json: report, text: describeReport(report), exitCode }
    }),
  )
}

function describeReport(report: IntegrityReport): string {
  const { holds, checks, counts, countsByKind, notListed } = report
  const table = formatTable(countsByKind, [
    { title: 'what', cell: ({ kind }) => integrityWords[kind] },
    { title: 'checked', cell: ({ checked }) => formatCount(checked), alignRight: true },
    { title: 'changed', cell: ({ broken }) => formatCount(broken), alignRight: true },
    { title: 'not recorded before', cell: ({ notRecorded }) => formatCount(notRecorded), alignRight: true },
  ])
  const told = checks
    .filter((check) => check.holds === false)
    .map(({ subject, expected, found, advice }) =>
      [
        `CHANGED  ${subject}`,
        `  recorded: ${expected ?? 'nothing'}`,
        `  found:    ${found ?? 'nothing'}`,
        `  ${advice ?? ''}`,
      ].join('\n'),
    )
  const strangers = checks.flatMap(({ kind, subject }) => (kind === 'unexpected-file' ? [subject] : []))
  const verdict = holds
    ? `Everything that was recorded holds: ${formatCount(counts.holding)} checks.`
    : `${formatCount(counts.broken)} of ${formatCount(counts.checked)} checks do not hold.`
  return [
    ...told,
    ...(notListed === 0 ? [] : [`And ${formatCount(notListed)} more that are not listed.`]),
    ...(strangers.length === 0
      ? []
      : [`Not written by Evenhand:\n${strangers.map((file) => `  ${file}`).join('\n')}`]),
    table,
    verdict,
  ].join('\n\n')
}
