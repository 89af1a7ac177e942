import * as z from 'zod'
import { imageId, identityId } from '#shared/contract/base.contract.ts'
import {
  backupChoice,
  tableChoice,
  erasureResult,
  type Erasure,
  type ErasurePreview,
  type ErasureResult,
  type SettledBackups,
} from '#shared/contract/erasure.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { formatCount } from '#shared/domain/format.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { parseFlags } from '../parse-flags.ts'
import { formatTable } from '../table.ts'
import { defineCommand } from './define-command.ts'

/** `7` or `7,12,30`. */
const idsFlag = <Id extends z.ZodType<number, number>>(id: Id) =>
  z
    .string()
    .regex(/^\d+(?:,\d+)*$/, 'Give a number, or several joined by commas')
    .transform((text) => text.split(',').map(Number))
    .pipe(z.array(id))

const eraseFlags = z.object({
  image: idsFlag(imageId).optional(),
  identity: idsFlag(identityId).optional(),
  reason: z.string().optional(),
  reviewer: z.string().optional(),
  backups: backupChoice.optional(),
  tables: tableChoice.optional(),
  dryRun: z.boolean().optional(),
})

export function addEraseCommands({ program, run }: CommandRegistry): void {
  const erase = defineCommand(program, 'erase', 'erase pictures for good: nothing brings them back')
    .option('--image <numbers>', 'the images, joined by commas; copies of the same picture go too')
    .option('--identity <numbers>', 'every picture of these people')
    .option('--reason <text>', 'why, as it stays on record')
    .option('--reviewer <name>', 'name that stands beside it (default: that of the settings)')
    .option('--backups <choice>', 'copies of the catalogue that hold the pictures: keep, remake or delete')
    .option('--tables <choice>', 'tables in the project folder that name the pictures: keep or delete')
    .option('--dry-run', 'only say what would go')
  erase.action(() =>
    run(erase, async (context) => {
      const { image, identity, reason, reviewer, backups, tables, dryRun } = parseFlags(
        eraseFlags,
        erase.opts(),
      )
      const { client } = await context.openProject()
      if (image === undefined && identity === undefined) {
        if (backups === undefined) {
          throw new AppError(
            'INVALID_INPUT',
            'Name what is to be erased by --image or --identity; --backups alone looks after copies of the catalogue.',
          )
        }
        const settled = await client.erasure.settleBackups({ backups })
        return { json: settled, text: describeBackups(settled) }
      }
      const target = { images: image ?? [], identities: identity ?? [] }
      const preview = await client.erasure.preview(target)
      if (dryRun === true) return { json: preview, text: describePreview(preview) }
      if (reason === undefined) {
        throw new AppError(
          'INVALID_INPUT',
          'Say why by --reason "...": it stays on record in place of the pictures. --dry-run says what would go.',
        )
      }
      for (const line of describePreview(preview).split('\n')) context.note(line)
      const { jobId } = await client.erasure.start({ ...target, reason, reviewer, backups, tables })
      const result = await context.awaitJob(
        jobId,
        erasureResult,
        `What was begun is not taken back. Bring it to its end by: evenhand jobs --resume ${jobId}`,
      )
      const { originals, labelFiles } = preview
      return { json: { ...result, originals, labelFiles }, text: describeResult(result, preview) }
    }),
  )

  const list = defineCommand(erase, 'list', 'list what was erased, newest first')
  list.action(() =>
    run(list, async (context) => {
      const { client } = await context.openProject()
      const erasures = await client.erasure.list()
      const text = formatTable(erasures, [
        { title: 'id', cell: ({ id }) => String(id), alignRight: true },
        { title: 'pictures', cell: ({ images }) => formatCount(images), alignRight: true },
        { title: 'who', cell: ({ actor }) => actor },
        { title: 'when', cell: ({ at }) => at },
        { title: 'why', cell: ({ reason }) => reason },
        { title: 'state', cell: describeState },
      ])
      return { json: erasures, text: erasures.length === 0 ? 'Nothing was erased.' : text }
    }),
  )
}

const describeState = ({ isComplete, jobId }: Erasure): string =>
  isComplete ? 'done' : `unfinished: resume job ${jobId}`

const count = (n: number, what: string): string => `${formatCount(n)} ${what}${n === 1 ? '' : 's'}`
const listNames = (title: string, names: readonly string[]): string[] =>
  names.length === 0 ? [] : [title, ...names.map((name) => `  ${name}`)]

function describeEffect({ kind, id, name, images, outcome }: ErasurePreview['effects'][number]): string {
  const pictures = count(images, 'picture')
  if (outcome === 'counted-anew') return `${kind} ${id} (${name}): ${pictures} fewer, counted anew`
  return kind === 'validation'
    ? `validation figures of run ${id} (${name}): counted ${pictures}; they stay, marked`
    : `${kind} ${id} (${name}): learned from ${pictures}; it stays, marked`
}

function describePreview(preview: ErasurePreview): string {
  const { images, rows, files, originals, labelFiles, backups, tables, effects, warning } = preview
  const copies = images.filter(({ because }) => because === 'same-picture').length
  const recorded = Object.values(rows).reduce((sum, n) => sum + n, 0)
  return [
    `${count(images.length, 'picture')} to erase${copies === 0 ? '' : `, ${formatCount(copies)} of them copies of the same picture`}:`,
    ...images.map(({ imageId: id, dataset, path }) => `  ${id} ${dataset}/${path}`),
    `${count(recorded, 'record')} and ${count(files.length, 'file')} in the project go.`,
    ...listNames('Originals outside the project, which nobody touches:', originals),
    ...listNames('Label files outside the project that name them still:', labelFiles),
    ...effects.map(describeEffect),
    ...listNames('Tables in the project that name them, or might (see --tables):', tables),
    ...listNames('Copies of the catalogue that hold them (see --backups):', backups),
    warning,
  ].join('\n')
}

function describeResult(result: ErasureResult, { originals, labelFiles }: ErasurePreview): string {
  const { backupsKept: kept, backupsDeleted: deleted, backupMade: made } = result
  return [
    `Erased ${count(result.images, 'picture')} (erasure ${result.erasureId}).`,
    ...listNames('Still outside the project:', [...originals, ...labelFiles]),
    ...(kept.length + deleted.length === 0 ? [] : [describeBackups({ kept, deleted, made })]),
  ].join('\n')
}

const describeBackups = ({ kept, deleted, made }: SettledBackups): string =>
  kept.length + deleted.length === 0
    ? 'No copy of the catalogue holds an erased picture.'
    : [
        ...listNames('Copies of the catalogue that still hold erased pictures:', kept),
        ...(kept.length === 0
          ? []
          : ['Put a new copy in their place by: evenhand erase --backups remake (or delete)']),
        ...listNames('Copies of the catalogue that went:', deleted),
        ...(made === null ? [] : [`The copy in their place: ${made}`]),
      ].join('\n')
