import { resolve } from 'node:path'
import * as z from 'zod'
import {
  auditColumns,
  describeCrossings,
  describeDifference,
  describeGranularity,
  describeOnePerson,
  describeParity,
  describeScale,
  describeSkinCoverage,
  describeTones,
  isPortrayed,
  isScanned,
  listAuditRows,
  listCrossRows,
  listDifferences,
  notScanned,
} from '#shared/derived/describe-audit.ts'
import {
  measurePortraitsResult,
  type AuditDocument,
  type DatasetAudit,
} from '#shared/contract/audit.contract.ts'
import { skinSays } from '#shared/domain/audit-measures.ts'
import { formatCount } from '#shared/domain/format.ts'
import { csvChunks } from '#engine/base/kernel/csv-chunks.ts'
import { writeNewFile } from '#engine/base/kernel/write-new-file.ts'
import type { LocalClient } from '../../local-client.ts'
import type { CommandContext } from '../command-context.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { escapeName } from '../escape-controls.ts'
import { parseFlags, pickByReference } from '../parse-flags.ts'
import { defineCommand } from './define-command.ts'

const auditFlags = z.object({ csv: z.string().optional(), measure: z.boolean().default(false) })

/** Differences told by the command; the files hold all. */
const shownDifferences = 8

export function addAuditCommand({ program, run }: CommandRegistry): void {
  const audit = defineCommand(
    program,
    'audit-dataset [datasets...]',
    'how evenly, finely, diversely and largely data sets are made; of all, or of those named',
  )
    .option('--measure', 'first measure skin, face quality and background where that was not done yet')
    .option('--csv <file>', 'write every figure to a new file; one that exists is never overwritten')
  audit.action((named: readonly string[]) =>
    run(audit, async (context) => {
      const { csv, measure } = parseFlags(auditFlags, audit.opts())
      const { client } = await context.openProject()
      if (measure) await measurePortraits(context, client)
      const found = await client.audit.read()
      const { generalisation } = await client.audit.generalisation()
      const known = found.datasets.map((one) => ({ ...one, id: one.datasetId }))
      const wanted =
        named.length === 0
          ? null
          : new Set(named.map((reference) => pickByReference(known, reference, 'data set').id))
      const datasets = found.datasets.filter(({ datasetId }) => wanted?.has(datasetId) ?? true)
      const rows = [...listAuditRows(datasets), ...listCrossRows(generalisation)]
      if (csv !== undefined) {
        const file = resolve(context.io.workingFolder, csv)
        await writeNewFile(file, csvChunks(auditColumns, onePage(rows)))
      }
      const written =
        csv === undefined ? [] : [`Wrote ${formatCount(rows.length)} figures to ${escapeName(csv)}.`]
      const text =
        datasets.length === 0
          ? 'The project has no data set yet.'
          : [...datasets.map(describeDataset), describeGeneralisation(generalisation)].join('\n\n')
      return { json: { datasets, generalisation }, text: [text, ...written].join('\n\n') }
    }),
  )
}

async function* onePage<Row>(rows: Row[]): AsyncGenerator<Row[]> {
  yield await Promise.resolve(rows)
}

function describeSkin(dataset: DatasetAudit): string[] {
  if (!isPortrayed(dataset)) return ['not measured yet: evenhand audit-dataset --measure']
  return [describeSkinCoverage(dataset), ...describeTones(dataset), ...describeOnePerson(dataset), skinSays]
}

const describeGeneralisation = (crossings: AuditDocument['generalisation']): string =>
  crossings.length === 0
    ? 'Generalisation: no model was evaluated on a split that it did not learn by: evenhand evaluate, then evenhand cross.'
    : [
        'Generalisation, from stored evaluations:',
        ...describeCrossings(crossings).map((line) => `  ${line}`),
      ].join('\n')

async function measurePortraits(context: CommandContext, client: LocalClient): Promise<void> {
  const { jobId } = await client.audit.measure()
  const howToContinue = 'Start it again; what was measured is kept: evenhand audit-dataset --measure'
  const { measured, unreadable } = await context.awaitJob(jobId, measurePortraitsResult, howToContinue)
  context.note(
    `${formatCount(measured)} images measured${unreadable > 0 ? `, ${formatCount(unreadable)} files could not be read` : ''}.`,
  )
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
    'Apparent skin colour:',
    ...describeSkin(dataset).map((line) => `  ${line}`),
  ].join('\n')
}
