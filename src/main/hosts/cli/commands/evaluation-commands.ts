import * as z from 'zod'
import {
  evaluationResult,
  type EvaluationResult,
  type YearsEvaluation,
} from '#shared/contract/evaluation.contract.ts'
import { inferenceArithmetic, inferenceEngine } from '#shared/contract/prediction.contract.ts'
import { partName } from '#shared/contract/split.contract.ts'
import { countTimes, formatCount, formatEstimate, formatYears, scaleEstimate } from '#shared/domain/format.ts'
import { describeRounding } from '#shared/derived/describe-rounding.ts'
import { tasks } from '#shared/domain/tasks.ts'
import { parseFlags, pickByReference } from '../parse-flags.ts'
import type { LocalClient } from '../../local-client.ts'
import type { CommandContext } from '../command-context.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { formatTable } from '../table.ts'
import { defineCommand } from './define-command.ts'
import { listSplits } from './split-commands.ts'

const evaluateFlags = z.object({
  model: z.string().min(1),
  split: z.string().optional(),
  part: partName.default('val'),
  engine: inferenceEngine.default('auto'),
  arithmetic: inferenceArithmetic.default('auto'),
  unseal: z.string().trim().min(1, 'must say why the test part is opened').optional(),
  by: z.string().trim().min(1).optional(),
})

export function addEvaluationCommands({ program, run }: CommandRegistry): void {
  const evaluate = defineCommand(program, 'evaluate', 'measure a model on a part of a split')
    .requiredOption('--model <model>', 'number or name of the model')
    .option('--split <split>', 'number or name of the split (default: the one it was trained on)')
    .option('--part <part>', 'train, val or test (default: val)')
    .option('--engine <engine>', 'auto, onnx or onednn (default: auto, which is ONNX Runtime)')
    .option('--arithmetic <arithmetic>', 'auto, float32 or bf16 (default: auto, which is float32)')
    .option('--unseal <reason>', 'why the sealed test part is opened for this model: recorded for good')
    .option('--by <name>', 'who opens it (default: the reviewer of the settings)')
  evaluate.action(() =>
    run(evaluate, async (context) => {
      const flags = parseFlags(evaluateFlags, evaluate.opts())
      const { client } = await context.openProject()
      const { id: modelId } = pickByReference(await client.model.list(), flags.model, 'model')
      const splitId =
        flags.split === undefined
          ? undefined
          : pickByReference(await listSplits(client), flags.split, 'split').id
      const { jobId } = await client.evaluation.create({
        modelId,
        splitId,
        part: flags.part,
        engine: flags.engine,
        arithmetic: flags.arithmetic,
        ...(flags.unseal === undefined ? {} : { unseal: { reason: flags.unseal, by: flags.by } }),
      })
      if (flags.unseal !== undefined) await tellOpening(context, client)
      const result = await context.awaitJob(jobId, evaluationResult, 'Run the same command again.')
      const { evaluationId } = result
      const { notes, rounding } = await client.evaluation.get({ evaluationId })
      for (const note of notes) context.note(note)
      if (flags.part === 'test') await tellHead(context, client)
      return { json: result, text: [describeEvaluation(result), ...describeRounding(rounding)].join('\n') }
    }),
  )

  const list = defineCommand(program, 'evaluations', 'list the evaluations')
  list.action(() =>
    run(list, async (context) => {
      const { client } = await context.openProject()
      const evaluations = await client.evaluation.list()
      const text = formatTable(evaluations, [
        { title: 'id', cell: ({ evaluationId }) => String(evaluationId), alignRight: true },
        { title: 'model', cell: ({ model }) => model },
        { title: 'split', cell: ({ split }) => split },
        { title: 'part', cell: ({ part }) => part },
        { title: 'images', cell: ({ images }) => formatCount(images), alignRight: true },
        { title: 'opened', cell: ({ openings }) => (openings === null ? '' : countTimes(openings)) },
        ...tasks.map((task) => ({
          title: task,
          cell: (row: EvaluationResult) => {
            const measured = row.tasks[task]
            return measured === null ? '' : formatEstimate(measured.accuracy)
          },
        })),
        { title: 'made', cell: ({ createdAt }) => createdAt },
      ])
      return { json: evaluations, text }
    }),
  )
}

/** Before anything is computed: what stands in the ledger from now on. */
async function tellOpening(context: CommandContext, client: LocalClient): Promise<void> {
  const { openings, testParts } = await client.ledger.show()
  const opened = openings.at(-1)
  if (opened === undefined) return
  const part = testParts.find(({ splitId }) => splitId === opened.splitId)
  const before = opened.earlier + (part?.elsewhere ?? 0)
  context.note(
    `Opened the test part of split ${opened.split ?? opened.splitId} for model ${opened.model ?? opened.modelId} (file ${opened.onnxSha256}): line ${opened.line} of the ledger, ${opened.hash}. ${before === 0 ? 'Its pictures had never been opened before.' : `Its pictures had been opened ${countTimes(before)} before.`}`,
  )
}

/** So that whoever opened a test part can keep it where this project does not reach. */
async function tellHead(context: CommandContext, client: LocalClient): Promise<void> {
  const { n, sha256 } = await client.ledger.head()
  context.note(
    `The ledger ends on line ${n}: ${sha256}. Keep that hash outside of the project; "evenhand ledger verify --head" compares it.`,
  )
}

/** The errors in years, and the mean absolute error of each group. */
function listYears(years: YearsEvaluation | null) {
  if (years === null) return []
  const groups = years.byGroup.map(({ group, meanAbsoluteError }) => ({
    task: '',
    group: `labelled ${group}`,
    estimate: formatYears(meanAbsoluteError),
  }))
  const all = (task: string, estimate: string) => ({ task, group: 'all', estimate })
  return [
    all('age mean absolute error', formatYears(years.meanAbsoluteError)),
    ...groups,
    all('age median absolute error', formatYears(years.medianAbsoluteError)),
    all('age root mean square error', formatYears(years.rootMeanSquareError)),
    all('age bias', formatYears(years.bias, 'signed')),
    all('age bias per 10 years of age', formatYears(scaleEstimate(years.errorSlope, 10), 'signed')),
    all('age at most 5 years off', formatEstimate(years.within5)),
  ]
}

function describeEvaluation(result: EvaluationResult): string {
  const rows = tasks.flatMap((task) => {
    const measured = result.tasks[task]
    if (measured === null) return []
    const groups = measured.byGroup.map((one) => ({
      task: '',
      group: `labelled ${one.group}`,
      estimate: formatEstimate(one),
    }))
    const scores = [
      { name: 'accuracy', estimate: measured.accuracy },
      { name: 'balanced accuracy', estimate: measured.balancedAccuracy },
      { name: 'macro-F1', estimate: measured.macroF1 },
      { name: 'at most one bin off', estimate: measured.oneOff },
    ].flatMap(({ name, estimate }) =>
      estimate === null
        ? []
        : [{ task: `${task} ${name}`, group: 'all', estimate: formatEstimate(estimate) }],
    )
    return [...scores.slice(0, 1), ...groups, ...scores.slice(1), ...listYears(measured.years)]
  })
  const table = formatTable(rows, [
    { title: '', cell: ({ task }) => task },
    { title: 'images', cell: ({ group }) => group },
    { title: 'estimate (95% interval)', cell: ({ estimate }) => estimate },
  ])
  return `Evaluation ${result.evaluationId}\n${table}`
}
