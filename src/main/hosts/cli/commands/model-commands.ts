import { resolve } from 'node:path'
import * as z from 'zod'
import { exportResult, type ExportResult } from '#shared/contract/model.contract.ts'
import { describeAgeReadOut, describeParity } from '#shared/derived/describe-model.ts'
import { parseFlags, pickByReference, purposeFlag } from '../parse-flags.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { formatTable } from '../table.ts'
import { defineCommand } from './define-command.ts'

const exportFlags = z.object({
  model: z.string().min(1),
  out: z.string().min(1),
  purpose: purposeFlag.optional(),
})

export function addModelCommands({ program, run }: CommandRegistry): void {
  const list = defineCommand(program, 'models', 'list the trained models')
  list.action(() =>
    run(list, async (context) => {
      const { client } = await context.openProject()
      const models = await client.model.list()
      const text = formatTable(models, [
        { title: 'id', cell: ({ id }) => String(id), alignRight: true },
        { title: 'name', cell: ({ name }) => name },
        { title: 'arch', cell: ({ arch, inputSize }) => `${arch}@${inputSize}` },
        {
          title: 'age as',
          cell: ({ labels, ageReadOut }) => (labels.age === null ? '' : describeAgeReadOut(ageReadOut)),
        },
        { title: 'run', cell: ({ runId }) => (runId === null ? '' : String(runId)), alignRight: true },
        { title: 'weights', cell: ({ weightsSha256 }) => weightsSha256.slice(0, 12) },
        { title: 'exports', cell: ({ exports }) => String(exports.length), alignRight: true },
        { title: 'made', cell: ({ createdAt }) => createdAt },
      ])
      return { json: models, text }
    }),
  )

  const exportCommand = defineCommand(program, 'export', 'write a model as ONNX and measure its parity')
    .requiredOption('--model <model>', 'number or name of the model')
    .requiredOption('--out <file>', 'ONNX file to write')
    .option(
      '--purpose <id>',
      'recorded purpose under which the head for race goes with it (see "evenhand purpose")',
    )
  exportCommand.action(() =>
    run(exportCommand, async (context) => {
      const { model, out, purpose: purposeId } = parseFlags(exportFlags, exportCommand.opts())
      const { client } = await context.openProject()
      const { id: modelId } = pickByReference(await client.model.list(), model, 'model')
      const { jobId } = await client.model.export({
        modelId,
        file: resolve(context.io.workingFolder, out),
        purposeId,
      })
      const result = await context.awaitJob(jobId, exportResult, 'Run the same command again.')
      return { json: result, text: describeExport(result) }
    }),
  )
}

function describeExport({ file, sha256, parity, purpose, withheld }: ExportResult): string {
  return [
    `Wrote ${file}`,
    `SHA-256 ${sha256}`,
    `Parity with the trainer: ${describeParity(parity)}`,
    ...(purpose === null ? [] : [`Under purpose ${purpose.id}, until ${purpose.until}: ${purpose.what}`]),
    ...(withheld === null ? [] : [withheld.reason]),
  ].join('\n')
}
