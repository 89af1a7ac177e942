import * as z from 'zod'
import { task } from '#shared/contract/base.contract.ts'
import { groupingName, type CrossResult } from '#shared/contract/fairness.contract.ts'
import { partName } from '#shared/contract/split.contract.ts'
import { nameGroup } from '#shared/derived/describe-fairness.ts'
import { formatCount, formatEstimate } from '#shared/domain/format.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { decimalFlag, parseFlags } from '../parse-flags.ts'
import { formatTable } from '../table.ts'
import { defineCommand } from './define-command.ts'

const crossFlags = z.object({
  task: task.default('gender'),
  part: partName.default('val'),
  by: z
    .string()
    .transform((text) => text.split(',').map((name) => name.trim()))
    .pipe(z.array(groupingName).min(1))
    .optional(),
  confidence: decimalFlag.optional(),
})

export function addCrossCommand({ program, run }: CommandRegistry): void {
  const command = defineCommand(
    program,
    'cross',
    'every model on every split that it was evaluated on: what it loses on data that it did not learn by',
  )
    .option('--task <task>', 'race, gender or age (default: gender)')
    .option('--part <part>', 'train, val or test (default: val); test where it was opened')
    .option('--by <labellings>', 'race, gender, age, or several with commas between (default: race)')
    .option('--confidence <share>', 'how often an interval holds the truth (default: 0.95)')
  command.action(() =>
    run(command, async (context) => {
      const { by, confidence, ...flags } = parseFlags(crossFlags, command.opts())
      const { client } = await context.openProject()
      const result = await client.fairness.cross(
        {
          ...flags,
          ...(by === undefined ? {} : { by }),
          ...(confidence === undefined ? {} : { confidence }),
        },
        { signal: context.signal },
      )
      for (const note of result.notes) context.note(note)
      return { json: result, text: describeCross(result) }
    }),
  )
}

function describeCross({ task: asked, models, splits, cells, method }: CrossResult): string {
  const rows = models.flatMap((model) => {
    const own = cells.filter(({ modelId }) => modelId === model.modelId)
    const groups = [...new Set(own.flatMap((cell) => cell.groups.map(({ group }) => nameGroup(group))))]
    return [null, ...groups].map((group) => ({ model, group, own }))
  })
  return [
    formatTable(rows, [
      { title: asked, cell: ({ model, group }) => (group === null ? model.name : `  labelled ${group}`) },
      { title: 'learned on', cell: ({ model, group }) => (group === null ? (model.learnedOn ?? '') : '') },
      ...splits.map(({ splitId, name }) => ({
        title: `on ${name}`,
        cell: ({ own, group }: (typeof rows)[number]) => {
          const cell = own.find((one) => one.splitId === splitId)
          const figure =
            group === null ? cell?.overall : cell?.groups.find((one) => nameGroup(one.group) === group)
          if (cell === undefined || figure === undefined) return ''
          const seen =
            group === null && (cell.trainedOn ?? 0) > 0
              ? ` (${formatCount(cell.trainedOn ?? 0)} learned from)`
              : ''
          return `${formatEstimate(figure)}${seen}`
        },
      })),
    ]),
    method,
  ].join('\n')
}
