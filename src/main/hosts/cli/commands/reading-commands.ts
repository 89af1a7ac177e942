import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import * as z from 'zod'
import {
  readingAction,
  readingId,
  settlementChoice,
  type ReadingId,
  type ReadingResult,
  type ReadingSummary,
} from '#shared/contract/reading.contract.ts'
import { checkIds, checks } from '#shared/domain/checks.ts'
import { formatCount, formatEstimate } from '#shared/domain/format.ts'
import { describeSettling } from '#shared/domain/settling-words.ts'
import { refuseOther } from '#engine/base/kernel/atomic-file.ts'
import { writeNewFile } from '#engine/base/kernel/write-new-file.ts'
import { mapSystemError } from '#engine/base/kernel/system-error.ts'
import { toAppError } from '../../call-errors.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { integerFlag, parseFlags } from '../parse-flags.ts'
import { readAnswer, readAnswers, writeRows } from '../reading-answers.ts'
import { formatTable } from '../table.ts'
import { defineCommand } from './define-command.ts'
import { readRegularFile } from '#engine/base/kernel/regular-file.ts'

const listed = 20

const startFlags = z.object({
  check: z.enum(checkIds),
  sample: integerFlag.pipe(z.int().min(1).max(10_000)).optional(),
  seed: integerFlag.optional(),
  reviewer: z.string().optional(),
})

const describe = ({ id, check, reviewer, images, answered, isFinished }: ReadingSummary): string =>
  `Second reading ${id} of "${checks[check].title}" by ${reviewer}: ${formatCount(answered)} of ${formatCount(images)} images answered${isFinished ? ', ended' : ''}`

const readId = (reference: string): ReadingId =>
  parseFlags(z.object({ reading: integerFlag.pipe(readingId) }), { reading: reference }).reading

/** Second readings: another person answers for decided images without seeing how, and the agreement is measured. */
export function addReadingCommands(registry: CommandRegistry): void {
  const { program, run } = registry
  const reading = program.command('reading').description('a second reader, blind to the first')
  const nested: CommandRegistry = { program: reading, run }
  const start = defineCommand(reading, 'start', 'draw images that others have decided in a queue')
    .requiredOption('--check <check>', 'the queue')
    .option('--sample <n>', 'how many images at most (default: 100)')
    .option('--seed <n>', 'which of them (default: 1)')
    .option('--reviewer <name>', 'name of the second reader (default: that of the settings)')
  start.action(() =>
    run(start, async (context) => {
      const { client } = await context.openProject()
      const made = await client.reading.start(parseFlags(startFlags, start.opts()))
      return { json: made, text: describe(made) }
    }),
  )

  const list = defineCommand(reading, 'list', 'list the second readings')
  list.action(() =>
    run(list, async (context) => {
      const { client } = await context.openProject()
      const readings = await client.reading.list()
      const text = formatTable(readings, [
        { title: 'id', cell: ({ id }) => String(id), alignRight: true },
        { title: 'check', cell: ({ check }) => check },
        { title: 'reader', cell: ({ reviewer }) => reviewer },
        { title: 'images', cell: ({ images }) => formatCount(images), alignRight: true },
        { title: 'answered', cell: ({ answered }) => formatCount(answered), alignRight: true },
        { title: 'state', cell: ({ isFinished }) => (isFinished ? 'ended' : 'open') },
        { title: 'begun', cell: ({ createdAt }) => createdAt },
      ])
      return { json: readings, text: readings.length === 0 ? 'There is no second reading yet.' : text }
    }),
  )
  addAnswers(nested)
  addEnd(nested)
}

function addAnswers({ program, run }: CommandRegistry): void {
  const out = defineCommand(
    program,
    'export <reading>',
    'write the images still to be answered as CSV',
  ).requiredOption('--out <file>', 'new file; one that exists is never overwritten')
  out.action((reference: string) =>
    run(out, async (context) => {
      const flags = parseFlags(z.object({ out: z.string().min(1) }), out.opts())
      const { client } = await context.openProject()
      const file = resolve(context.io.workingFolder, flags.out)
      const images = await client.reading.images({ readingId: readId(reference) })
      const rows = images.filter(({ isAnswered }) => !isAnswered)
      // Somebody may be filling in what is there, even where it still looks the same.
      if (existsSync(file)) throw refuseOther(file)
      await writeNewFile(file, [Buffer.from(writeRows(rows))])
      const text = `Wrote ${formatCount(rows.length)} images to ${file}. Fill in "answer": ${readingAction.options.join(', ')}.`
      return { json: { file, images: rows.length }, text }
    }),
  )

  const take = defineCommand(program, 'import <reading> <file>', 'take the answers of a CSV file')
  take.action((reference: string, file: string) =>
    run(take, async (context) => {
      const { client } = await context.openProject()
      const id = readId(reference)
      await client.reading.get({ readingId: id })
      const path = resolve(context.io.workingFolder, file)
      const images = await client.reading.images({ readingId: id })
      const { answers, problems } = readAnswers(await readBytes(path), { file: path, images })
      let answered = 0
      for (const { line, ...answer } of answers) {
        try {
          await client.reading.answer({ readingId: id, ...answer })
          answered += 1
        } catch (error) {
          const { code, message } = toAppError(error)
          if (!['CONFLICT', 'NOT_FOUND', 'INVALID_INPUT'].includes(code)) throw error
          problems.push({ line, message })
        }
      }
      const summary = await client.reading.get({ readingId: id })
      const lines = problems.slice(0, listed).map(({ line, message }) => `  line ${line}: ${message}`)
      const more = problems.length - lines.length
      return {
        json: { answered, problems, reading: summary },
        text: [
          `${formatCount(answered)} answers taken. ${describe(summary)}`,
          ...lines,
          ...(more > 0 ? [`  and ${formatCount(more)} more`] : []),
        ].join('\n'),
        exitCode: problems.length > 0 ? 4 : 0,
      }
    }),
  )

  const answer = defineCommand(program, 'answer <reading> <image> <action>', 'answer for one image')
    .option('--task <task>', 'for relabel: race, gender or age')
    .option('--value <label>', 'for relabel: the label, or none')
  answer.action((reference: string, image: string, action: string) =>
    run(answer, async (context) => {
      const flags = parseFlags(
        z.object({ task: z.string().optional(), value: z.string().optional() }),
        answer.opts(),
      )
      const given = readAnswer({ image, answer: action, ...flags })
      const { client } = await context.openProject()
      const summary = await client.reading.answer({ readingId: readId(reference), ...given })
      return { json: summary, text: describe(summary) }
    }),
  )
}

function addEnd({ program, run }: CommandRegistry): void {
  const finish = defineCommand(program, 'finish <reading>', 'end a second reading before all is answered')
  finish.action((reference: string) =>
    run(finish, async (context) => {
      const { client } = await context.openProject()
      const summary = await client.reading.finish({ readingId: readId(reference) })
      return { json: summary, text: describe(summary) }
    }),
  )

  const settle = defineCommand(
    program,
    'settle <reading> <image> <choice>',
    `settle what the readers differ on: first, second, unsure, open (takes it back), or ${readingAction.options.join(', ')}`,
  )
    .option('--task <task>', 'for relabel: race, gender or age')
    .option('--value <label>', 'for relabel: the label, or none')
    .option('--reviewer <name>', 'who settles it (default: the name of the settings)')
  settle.action((reference: string, image: string, choice: string) =>
    run(settle, async (context) => {
      const { reviewer, ...flags } = parseFlags(
        z.object({
          task: z.string().optional(),
          value: z.string().optional(),
          reviewer: z.string().optional(),
        }),
        settle.opts(),
      )
      const plain = settlementChoice.exclude(['other']).safeParse(choice)
      // The words of an answer are read as everywhere; those of a choice stand for themselves.
      const given = readAnswer({ image, answer: plain.success ? 'keep' : choice, ...flags })
      const { client } = await context.openProject()
      const settled = await client.reading.settle({
        readingId: readId(reference),
        reviewer,
        ...(plain.success
          ? { imageId: given.imageId, choice: plain.data }
          : { ...given, choice: 'other' as const }),
      })
      const told = describeSettling({ choice: plain.data ?? 'other', ...settled.outcome })
      return { json: settled, text: `${told}\n\n${describeResult(settled)}` }
    }),
  )

  const result = defineCommand(
    program,
    'result <reading>',
    'how far the two readers agree, once it has ended',
  )
  result.action((reference: string) =>
    run(result, async (context) => {
      const { client } = await context.openProject()
      const compared = await client.reading.result({ readingId: readId(reference) })
      return { json: compared, text: describeResult(compared) }
    }),
  )
}

type Kappa = ReadingResult['overall']['kappa']

/** Kappa is no share: -1 to 1. */
function formatKappa({ value, low, high }: Kappa): string {
  if (value === null) return 'not defined'
  return low === null || high === null
    ? value.toFixed(2)
    : `${value.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`
}

function describeResult({ overall, byRace, disagreements, afterSettling }: ReadingResult): string {
  const rows = [
    { name: 'all', ...overall },
    ...(afterSettling === null
      ? []
      : [{ name: 'all, settled answers for both, so that those agree', ...afterSettling }]),
    ...byRace.map(({ group, ...one }) => ({
      name: group === null ? 'without race label' : `labelled ${group}`,
      ...one,
    })),
  ]
  const table = formatTable(rows, [
    { title: 'images', cell: ({ name }) => name },
    { title: "Cohen's kappa", cell: ({ kappa }) => formatKappa(kappa) },
    { title: 'same answer', cell: ({ agreement }) => formatEstimate(agreement) },
  ])
  const lines = disagreements
    .slice(0, listed)
    .map(
      (one) =>
        `  image ${one.imageId}: ${one.firstReviewer} "${one.first}", second "${one.second}"${describeSettled(one)}`,
    )
  const more = disagreements.length - lines.length
  return [
    table,
    '',
    disagreements.length === 0
      ? 'The two never differ.'
      : `They differ on ${formatCount(disagreements.length)}:`,
    ...lines,
    ...(more > 0 ? [`  and ${formatCount(more)} more`] : []),
  ].join('\n')
}

function describeSettled({ settled }: ReadingResult['disagreements'][number]): string {
  if (settled === null) return ''
  const { answer, reviewer } = settled
  return answer === null ? `; unsure, says ${reviewer}` : `; settled as "${answer}" by ${reviewer}`
}

async function readBytes(file: string): Promise<Buffer> {
  try {
    return await readRegularFile(file)
  } catch (error) {
    throw mapSystemError(error, { action: 'read', path: file })
  }
}
