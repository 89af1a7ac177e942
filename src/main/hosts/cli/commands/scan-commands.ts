import { resolve } from 'node:path'
import * as z from 'zod'
import { crossvalId, type ImageId } from '#shared/contract/base.contract.ts'
import {
  checkId,
  defaultDetector,
  labelsBy,
  scanResult,
  type CheckRates,
  type CheckSummary,
  type FindingGroupSummary,
  type FlagRates,
  type ScanResult,
} from '#shared/contract/check.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { describeGroupRates, differByGroup, readGroupRates } from '#shared/domain/describe-group-rates.ts'
import { describeJudge } from '#shared/domain/describe-judge.ts'
import { formatCount, formatShare } from '#shared/domain/format.ts'
import { checks, checksByGrouping, groupingCheck } from '#shared/domain/checks.ts'
import { tasks } from '#shared/domain/tasks.ts'
import type { LocalClient } from '../../local-client.ts'
import type { CommandContext } from '../command-context.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { decimalFlag, integerFlag, parseArgument, parseFlags } from '../parse-flags.ts'
import { formatTable } from '../table.ts'
import { defineCommand } from './define-command.ts'

const listOfChecks = z
  .string()
  .transform((text) => text.split(',').map((one) => one.trim()))
  .pipe(z.array(checkId).min(1))

const listOfCrossvals = z
  .string()
  .transform((text) => text.split(',').map((one) => one.trim()))
  .pipe(z.array(integerFlag.pipe(crossvalId)).min(1))

const scanFlags = z.object({
  checks: listOfChecks.optional(),
  crossval: listOfCrossvals.optional(),
  labelsBy: labelsBy.optional(),
  detector: z.string().min(1).optional(),
  fresh: z.boolean().default(false),
})

const cutScore = z.union([
  z.literal('default').transform(() => null),
  decimalFlag.pipe(z.number().min(0).max(1)),
])

const findingFlags = z.object({
  kind: checkId.optional(),
  top: integerFlag.pipe(z.int().min(1).max(100_000)).default(20),
  all: z.boolean().default(false),
})

const largestPage = 500

const locateDetector = (detector: string, workingFolder: string): string =>
  detector === defaultDetector || detector === 'tiny' ? detector : resolve(workingFolder, detector)

function describeScan({ worked, unchanged, unreadable, checks: results }: ScanResult): string {
  const table = formatTable(results, [
    { title: 'check', cell: ({ check }) => check },
    { title: 'images', cell: ({ images }) => formatCount(images), alignRight: true },
    { title: 'flagged', cell: ({ flagged }) => formatCount(flagged), alignRight: true },
    { title: 'not checked because', cell: ({ unavailable }) => unavailable ?? '' },
  ])
  const summary = `${formatCount(worked)} images worked on, ${formatCount(unchanged)} unchanged, ${formatCount(unreadable)} unreadable`
  return `${summary}\n\n${table}\n\nA flag asks a person to look; nothing was removed. List them with: evenhand findings --kind CHECK`
}

/** Null where nothing has been scored: there are no rates then, not rates of zero. */
const readRates = (rates: CheckRates | undefined): FlagRates | null => {
  if (rates === undefined) return null
  const { check: _check, ...byGroup } = rates
  return byGroup
}

function describeByGroup({ tests, ...rates }: FlagRates): string {
  const lines = tasks.map((task) => describeGroupRates(task, { rates: rates[task], test: tests[task] }))
  const isUneven = tasks.some((task) => differByGroup(tests[task]))
  return [
    'Flagged by group',
    ...lines.map((line) => `  ${line}`),
    ...(isUneven ? [readGroupRates] : []),
  ].join('\n')
}

function describeChecks(
  summaries: readonly CheckSummary[],
  rates: ReadonlyMap<CheckSummary['id'], FlagRates>,
): string {
  return formatTable(summaries, [
    { title: 'check', cell: ({ id }) => id },
    { title: 'state', cell: ({ state }) => state },
    { title: 'images', cell: ({ images }) => formatCount(images), alignRight: true },
    { title: 'flagged', cell: ({ flagged }) => formatCount(flagged), alignRight: true },
    { title: 'open', cell: ({ open }) => formatCount(open), alignRight: true },
    {
      title: 'open groups',
      cell: ({ groups }) => (groups === null ? '' : formatCount(groups.open)),
      alignRight: true,
    },
    { title: 'cut', cell: ({ cut }) => (cut === null ? '' : String(cut)), alignRight: true },
    {
      title: 'differs by',
      cell: ({ id }) => tasks.filter((task) => differByGroup(rates.get(id)?.tests[task] ?? null)).join(', '),
    },
    { title: 'note', cell: ({ reason, params }) => reason ?? describeJudge(params) ?? '' },
  ])
}

export function addScanCommands({ program, run }: CommandRegistry): void {
  const scan = defineCommand(program, 'scan', 'look for images that do not belong; nothing is removed')
    .option('--checks <a,b>', 'only these checks (default: all)')
    .option('--crossval <n,m>', 'cross-validations that label checks read (default: all finished ones)')
    .option('--labels-by <what>', 'whose answers they judge by: both, crossval or embeddings (default: both)')
    .option('--detector <which>', 'default, tiny, or an ONNX file of YuNet or SCRFD; kept for later scans')
    .option('--fresh', 'work everything out again, also what stands')
  scan.action(() =>
    run(scan, async (context) => {
      const { crossval, detector, ...request } = parseFlags(scanFlags, scan.opts())
      const { client } = await context.openProject()
      const { jobId } = await client.scan.start({
        ...request,
        ...(crossval !== undefined && { crossvalIds: crossval }),
        ...(detector !== undefined && { detector: locateDetector(detector, context.io.workingFolder) }),
      })
      const howToContinue = 'Start it again; what was worked out is kept: evenhand scan'
      const result = await context.awaitJob(jobId, scanResult, howToContinue)
      return { json: result, text: describeScan(result) }
    }),
  )

  const cut = defineCommand(
    program,
    'cut <check> <score>',
    'choose below which score a check flags',
  ).addHelpText(
    'after',
    '\nScores run from 0 to 1; "default" goes back to the cut that Evenhand chose. Kept for later scans.',
  )
  cut.action((check: string, score: string) =>
    run(cut, async (context) => {
      const flags = {
        check: parseArgument(checkId, check, 'a check; "evenhand findings" lists them'),
        score: parseArgument(cutScore, score, 'a score from 0 to 1 or "default"'),
      }
      const { client } = await context.openProject()
      const moved = await client.check.setCut({ check: flags.check, cut: flags.score })
      const readAll = async () => new Map((await client.check.rates()).map((one) => [one.check, one]))
      if (flags.check !== groupingCheck)
        return { json: moved, text: describeChecks([moved], await readAll()) }
      const { jobId } = await client.scan.start({ checks: checksByGrouping })
      await context.awaitJob(jobId, scanResult, 'Group again with: evenhand scan')
      const summaries = await client.check.list()
      const grouped = summaries.filter(({ id }) => checksByGrouping.includes(id))
      return {
        json: grouped.find(({ id }) => id === groupingCheck),
        text: describeChecks(grouped, await readAll()),
      }
    }),
  )

  const findings = defineCommand(
    program,
    'findings',
    'list the checks, or what one of them found, worst first',
  )
    .option('--kind <check>', 'the check whose findings are listed (default: an overview of all checks)')
    .option('--top <n>', 'how many findings to list (default: 20)')
    .option('--all', 'decided findings too')
  findings.action(() =>
    run(findings, async (context) => {
      const { kind, top, all } = parseFlags(findingFlags, findings.opts())
      const { client } = await context.openProject()
      if (kind === undefined) {
        const summaries = await client.check.list()
        const rates = new Map((await client.check.rates()).map((one) => [one.check, one]))
        const json = summaries.map((summary) => ({ ...summary, byGroup: readRates(rates.get(summary.id)) }))
        return { json, text: describeChecks(summaries, rates) }
      }
      const found = await listFindings(context, { check: kind, top, state: all ? 'flagged' : 'open' })
      const groups = await readGroups(client, kind, found)
      const rows = found.map((one) => ({ ...one, ...groups.get(one.groupId) }))
      const text = formatTable(rows, [
        { title: 'image', cell: ({ imageId }) => String(imageId), alignRight: true },
        { title: 'score', cell: ({ score }) => score.toFixed(3), alignRight: true },
        {
          title: 'group',
          cell: ({ groupId }) => (groupId === null ? '' : String(groupId)),
          alignRight: true,
        },
        { title: 'copy', cell: describeCopy },
        { title: 'file', cell: ({ file }) => file },
        {
          title: 'labelled',
          cell: ({ race, gender, age }) => [race, gender, age].filter(Boolean).join(', '),
        },
        { title: 'found', cell: ({ detail }) => describeDetail(detail) },
      ])
      const byGroup = await client.check.preview({ check: kind, examples: 0 })
      return {
        json: rows,
        text: `${checks[kind].title}: ${checks[kind].help}\n\n${text}\n\n${describeByGroup(byGroup)}`,
      }
    }),
  )
}

type ListedGroup = Omit<FindingGroupSummary, 'groupId'>
const groupsAtOnce = 500

/** The groups that listed findings are in, by their number. */
async function readGroups(
  client: LocalClient,
  check: CheckSummary['id'],
  found: readonly ListedFinding[],
): Promise<Map<number | null, ListedGroup>> {
  const ids = [...new Set(found.flatMap(({ groupId }) => (groupId === null ? [] : [groupId])))]
  const groups = new Map<number | null, ListedGroup>()
  for (let from = 0; from < ids.length; from += groupsAtOnce) {
    const { items } = await client.finding.groups({ check, groupIds: ids.slice(from, from + groupsAtOnce) })
    for (const { groupId, ...group } of items) groups.set(groupId, group)
  }
  return groups
}

/** What is suggested for a copy; nothing where labels differ, and where a removed copy contradicts those of the last one. */
function describeCopy(found: ListedFinding & Partial<ListedGroup>): string {
  const { check, imageId, suggestedKeep, conflict, members = [] } = found
  if (conflict !== undefined && conflict !== null)
    return ['labels differ', ...describeSuggested(found.suggestedLabels)].join('; ')
  if (check === 'conflicting-labels' && members.some(({ status }) => status === 'removed'))
    return 'in doubt: a removed copy carries other labels'
  if (suggestedKeep === undefined || suggestedKeep === null) return ''
  return suggestedKeep.imageId === imageId ? `keep: ${suggestedKeep.reason}` : ''
}

/** "race White (97%)" */
const describeSuggested = (suggested: FindingGroupSummary['suggestedLabels'] | undefined): string[] =>
  tasks.flatMap((task) => {
    const one = suggested?.[task] ?? null
    return one === null ? [] : [`${task} ${one.label} (${formatShare(one.strength, 0)})`]
  })

interface ListedFinding {
  readonly check: string
  readonly imageId: number
  readonly dataset: string
  readonly file: string
  readonly score: number
  readonly groupId: ImageId | null
  readonly race: string | null
  readonly gender: string | null
  readonly age: string | null
  readonly status: string
  readonly detail: unknown
}

async function listFindings(
  context: CommandContext,
  { check, top, state }: { check: CheckSummary['id']; top: number; state: 'open' | 'flagged' },
): Promise<ListedFinding[]> {
  const { client } = await context.openProject()
  const found: ListedFinding[] = []
  for (let cursor: string | null = null; found.length < top;) {
    context.signal.throwIfAborted()
    const limit = Math.min(largestPage, top - found.length)
    const page: Awaited<ReturnType<typeof client.finding.queue>> = await client.finding.queue({
      check,
      state,
      cursor,
      limit,
    })
    const files = await locateImages(
      client,
      page.items.map(({ tile }) => tile.id),
    )
    for (const { tile, score, groupId, detail } of page.items) {
      const { race, gender, ageYears, ageBin, status } = tile
      const age = ageYears === null ? ageBin : String(ageYears)
      const labels = { race, gender, age, status }
      found.push({ check, imageId: tile.id, ...files(tile.id), score, groupId, ...labels, detail })
    }
    cursor = page.nextCursor
    if (cursor === null) break
  }
  return found
}

/** Where images lie, asked for together. */
async function locateImages(
  client: LocalClient,
  images: ImageId[],
): Promise<(id: ImageId) => Pick<ListedFinding, 'dataset' | 'file'>> {
  const rows =
    images.length === 0 ? [] : await client.image.cells({ images, columns: ['id', 'dataset', 'path'] })
  const files = new Map(
    rows.map(([id, dataset, path]) => [id, { dataset: String(dataset), file: String(path) }] as const),
  )
  return (id) => {
    const found = files.get(id)
    if (found === undefined)
      throw new AppError('NOT_FOUND', `There is no image ${id} in this project.`, {
        details: { imageId: id },
      })
    return found
  }
}

/** `chroma 3.2, hueSpread 1.1`: the flat values of a finding; the rest stands in the JSON. */
function describeDetail(detail: unknown): string {
  if (typeof detail !== 'object' || detail === null) return ''
  return Object.entries(detail)
    .flatMap(([name, value]) => {
      if (Array.isArray(value))
        return value.every((one) => typeof one === 'string') ? [`${name} ${value.join('/')}`] : []
      return typeof value === 'object' ? [] : [`${name} ${String(value)}`]
    })
    .join(', ')
}
