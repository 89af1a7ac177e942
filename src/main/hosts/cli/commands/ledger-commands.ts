import * as z from 'zod'
import { sha256 } from '#shared/contract/base.contract.ts'
import { errorTable } from '#shared/contract/errors.ts'
import type { LedgerHead, LedgerVerdict, LedgerView } from '#shared/contract/ledger.contract.ts'
import { describeSealState } from '#shared/derived/describe-openings.ts'
import { formatCount } from '#shared/domain/format.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { parseFlags } from '../parse-flags.ts'
import { formatTable } from '../table.ts'
import { defineCommand } from './define-command.ts'

const verifyFlags = z.object({ head: sha256.optional() })

export function addLedgerCommands({ program, run }: CommandRegistry): void {
  const ledger = defineCommand(program, 'ledger', 'which test parts were opened, why and by whom')

  const show = defineCommand(ledger, 'show', 'the sealed parts and every opening, oldest first').alias('list')
  show.action(() =>
    run(show, async (context) => {
      const { client } = await context.openProject()
      const view = await client.ledger.show()
      return { json: view, text: describeView(view) }
    }),
  )

  const head = defineCommand(ledger, 'head', 'where the ledger ends: keep it outside of the project')
  head.action(() =>
    run(head, async (context) => {
      const { client } = await context.openProject()
      const end = await client.ledger.head()
      return { json: end, text: describeHead(end) }
    }),
  )

  const verify = defineCommand(
    ledger,
    'verify',
    'check the chain, the evaluations of test parts, and a head that was kept',
  ).option('--head <sha256>', 'a head that was kept outside of the project')
  verify.action(() =>
    run(verify, async (context) => {
      const flags = parseFlags(verifyFlags, verify.opts())
      const { client } = await context.openProject()
      const verdict = await client.ledger.verify(flags, { signal: context.signal })
      return {
        json: verdict,
        text: describeVerdict(verdict),
        exitCode: verdict.holds ? 0 : errorTable.CONFLICT.exitCode,
      }
    }),
  )
}

export const describeHead = ({ n, sha256: hash, time }: LedgerHead): string =>
  `Line ${formatCount(n)}${time === null ? '' : `, ${time}`}\n${hash}`

function describeView({ head, openings, testParts }: LedgerView): string {
  const parts = formatTable(testParts, [
    { title: 'split', cell: ({ splitId, split }) => `${splitId} ${split}` },
    { title: 'test images', cell: ({ images }) => formatCount(images), alignRight: true },
    { title: 'state', cell: describeSealState },
  ])
  const lines = formatTable(openings, [
    { title: 'line', cell: ({ line }) => String(line), alignRight: true },
    { title: 'when', cell: ({ at }) => at },
    { title: 'who', cell: ({ by }) => by },
    { title: 'model', cell: ({ modelId, model }) => `${modelId} ${model ?? ''}` },
    { title: 'model file', cell: ({ onnxSha256 }) => onnxSha256.slice(0, 12) },
    { title: 'split', cell: ({ splitId, split }) => `${splitId} ${split ?? ''}` },
    { title: 'certificate', cell: ({ certificate }) => certificate },
    { title: 'seen by runs', cell: ({ seenByRuns }) => formatCount(seenByRuns), alignRight: true },
    { title: 'before', cell: ({ earlier }) => formatCount(earlier), alignRight: true },
    { title: 'why', cell: ({ reason }) => reason ?? '(blanked by an erasure)' },
  ])
  const opened = openings.length === 0 ? 'No test part was opened.' : lines
  return `${parts}\n\n${opened}\n\nHead: ${describeHead(head)}`
}

function describeVerdict(verdict: LedgerVerdict): string {
  const { lines, head, openings, holds, problems, remarks, keptHeadLine } = verdict
  const told = [
    ...problems.map(({ line, what }) => `Line ${line} does not hold. ${what}`),
    ...remarks.map(({ line, what }) => (line === 0 ? `Note: ${what}` : `Note on line ${line}: ${what}`)),
  ]
  if (!holds) return told.join('\n')
  const kept = keptHeadLine === null ? '' : `\nThe head that was kept is line ${keptHeadLine}.`
  return [
    `The ledger holds: ${formatCount(lines)} lines, ${formatCount(openings)} openings, the last line ${head}${kept}`,
    'That shows that nothing was changed, not that nothing was left out: keep the head outside of the project, and compare it with --head.',
    ...told,
  ].join('\n')
}
