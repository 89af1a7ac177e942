import { resolve } from 'node:path'
import * as z from 'zod'
import type { DatasetAudit } from '#shared/contract/audit.contract.ts'
import {
  auditColumns,
  describeDifference,
  describeGranularity,
  describeParity,
  describeScale,
  isScanned,
  listAuditRows,
  listDifferences,
  notScanned,
} from '#shared/derived/describe-audit.ts'
import { formatCount } from '#shared/domain/format.ts'
import { csvChunks } from '#engine/base/kernel/csv-chunks.ts'
import { writeNewFile } from '#engine/base/kernel/write-new-file.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { escapeName } from '../escape-controls.ts'
import { parseFlags, pickByReference } from '../parse-flags.ts'
import { defineCommand } from './define-command.ts'

const auditFlags = z.object({ csv: z.string().optional() })

/** Differences told by the command; the files hold all. */
const shownDifferences = 8

export function addAuditCommand({ program, run }: CommandRegistry): void {
  const audit = defineCommand(
    program,
    'audit-dataset [datasets...]',
    'how evenly, finely, diversely and largely data sets are made; of all, or of those named',
  ).option('--csv <file>', 'write every figure to a new file; one that exists is never overwritten')
  audit.action((named: readonly string[]) =>
    run(audit, async (context) => {
      const { csv } = parseFlags(auditFlags, audit.opts())
      const { client } = await context.openProject()
      const found = await client.audit.read()
      const known = found.datasets.map((one) => ({ ...one, id: one.datasetId }))
      const wanted =
        named.length === 0
          ? null
          : new Set(named.map((reference) => pickByReference(known, reference, 'data set').id))
      const datasets = found.datasets.filter(({ datasetId }) => wanted?.has(datasetId) ?? true)
      const rows = listAuditRows(datasets)
      if (csv !== undefined) {
        const file = resolve(context.io.workingFolder, csv)
        await writeNewFile(file, csvChunks(auditColumns, onePage(rows)))
      }
      const written =
        csv === undefined ? [] : [`Wrote ${formatCount(rows.length)} figures to ${escapeName(csv)}.`]
      const text =
        datasets.length === 0
          ? 'The project has no data set yet.'
          : datasets.map(describeDataset).join('\n\n')
      return { json: { datasets }, text: [text, ...written].join('\n\n') }
    }),
  )
}

async function* onePage<Row>(rows: Row[]): AsyncGenerator<Row[]> {
  yield await Promise.resolve(rows)
}

function describeDataset(dataset: DatasetAudit): string {
  const { datasetId, name, labelScheme, removed } = dataset
  const differences = listDifferences(dataset)
  return [
    `Data set ${datasetId}: ${escapeName(name)} (${labelScheme})`,
    `Scale: ${describeScale(dataset)}${removed > 0 ? ` ${formatCount(removed)} removed images are left out.` : ''}`,
    'Parity:',
    ...dataset.parity.map((one) => `  ${describeParity(one)}`),
    'Granularity:',
    ...describeGranularity(dataset).map((line) => `  ${line}`),
    'Diversity, where groups differ beyond chance:',
    ...(differences.length === 0
      ? [isScanned(dataset) ? '  in nothing that was measured' : `  ${notScanned}: evenhand scan`]
      : differences.slice(0, shownDifferences).map((one) => `  ${describeDifference(one)}`)),
    ...(differences.length > shownDifferences
      ? [`  and ${formatCount(differences.length - shownDifferences)} more: --csv or --json`]
      : []),
  ].join('\n')
}
