import { resolve } from 'node:path'
import * as z from 'zod'
import { imageSort, type ImageCell, type ImageFacets } from '#shared/contract/image.contract.ts'
import { imageView, type ImageView } from '#shared/contract/saved-query.contract.ts'
import { formatCount } from '#shared/domain/format.ts'
import { defaultColumns, describeColumn, imageColumnSchema } from '#shared/domain/image-columns.ts'
import type { LocalClient } from '../../local-client.ts'
import type { Command } from 'commander'
import type { CommandRegistry } from '../command-registry.ts'
import { integerFlag, parseFlags, pickByReference } from '../parse-flags.ts'
import { formatTable } from '../table.ts'
import { defineCommand } from './define-command.ts'

const columnsFlag = z
  .string()
  .transform((text) => text.split(',').map((name) => name.trim()))
  .pipe(z.array(imageColumnSchema).min(1))

const viewFlags = {
  search: z.string().optional(),
  saved: z.string().optional(),
  sort: imageSort.optional(),
  descending: z.boolean().optional(),
  columns: columnsFlag.optional(),
}

const addViewFlags = (command: Command): Command =>
  command
    .option(
      '--search <query>',
      'as in the window: "indian age<20 finding:blurry status:removed -dataset:lfw"',
    )
    .option('--saved <query>', 'number or name of a saved query to start from')
    .option('--sort <order>', `one of ${imageSort.options.join(', ')}`)
    .option('--descending', 'largest or latest first')
    .option('--columns <list>', `joined by commas: ${defaultColumns.join(', ')}, score:<check>, ...`)

/** The saved query, if one is named, with whatever the flags say instead. */
async function readView(
  client: LocalClient,
  flags: z.output<z.ZodObject<typeof viewFlags>>,
): Promise<ImageView> {
  const saved =
    flags.saved === undefined
      ? imageView.parse({})
      : pickByReference(await client.savedQuery.list(), flags.saved, 'saved query').view
  return {
    filter: flags.search === undefined ? saved.filter : { ...saved.filter, search: flags.search },
    sort: flags.sort ?? saved.sort,
    direction: flags.descending === true ? 'descending' : saved.direction,
    columns: flags.columns ?? saved.columns,
  }
}

const toText = (cell: ImageCell | undefined): string =>
  cell === null || cell === undefined
    ? ''
    : typeof cell === 'number' && !Number.isInteger(cell)
      ? cell.toFixed(3)
      : String(cell)

export function addImageCommands({ program, run }: CommandRegistry): void {
  const images = program.command('images').description('search, count and export the images of the catalogue')
  addList({ program: images, run })
  addFacets({ program: images, run })
  addExport({ program: images, run })
  addSavedQueries({ program: images, run })
}

function addList({ program, run }: CommandRegistry): void {
  const list = addViewFlags(defineCommand(program, 'list', 'list images')).option(
    '--limit <n>',
    'how many at most (default: 50, up to 1000)',
  )
  list.action(() =>
    run(list, async (context) => {
      const { limit = 50, ...flags } = parseFlags(
        z.object({ ...viewFlags, limit: integerFlag.pipe(z.int().min(1).max(1000)).optional() }),
        list.opts(),
      )
      const { client } = await context.openProject()
      const view = await readView(client, flags)
      const columns = [...(view.columns ?? defaultColumns)]
      const { total, cells } = await client.image.window({ ...view, columns, limit })
      const rows = cells.map((row) =>
        Object.fromEntries(columns.map((column, index) => [column, row[index] ?? null])),
      )
      const text = formatTable(
        cells,
        columns.map((column, index) => ({
          title: column,
          cell: (row: ImageCell[]) => toText(row[index]),
          ...(/integer|number/.test(describeColumn(column).type) ? { alignRight: true as const } : {}),
        })),
      )
      const shown = cells.length < total ? `, the first ${formatCount(cells.length)}` : ''
      return {
        json: { total, images: rows },
        text: total === 0 ? 'No image matches.' : `${text}\n${formatCount(total)} images${shown}`,
      }
    }),
  )
}

function addFacets({ program, run }: CommandRegistry): void {
  const command = addViewFlags(defineCommand(program, 'facets', 'count the values of every facet'))
  command.action(() =>
    run(command, async (context) => {
      const { client } = await context.openProject()
      const { filter } = await readView(client, parseFlags(z.object(viewFlags), command.opts()))
      const { total, ...facets } = await client.image.facets({ filter })
      const rows = Object.entries(facets).flatMap(([facet, values]: [string, ImageFacets['race']]) =>
        values.map((value) => ({ facet, ...value })),
      )
      const text = formatTable(rows, [
        { title: 'facet', cell: ({ facet }) => facet },
        { title: 'value', cell: ({ label }) => label },
        { title: 'images', cell: ({ count }) => formatCount(count), alignRight: true },
      ])
      return { json: { total, ...facets }, text: `${text}\n${formatCount(total)} images` }
    }),
  )
}

function addExport({ program, run }: CommandRegistry): void {
  const command = addViewFlags(defineCommand(program, 'export', 'write images as a table'))
    .requiredOption('--out <file>', 'new file; one that exists is never overwritten')
    .option('--format <format>', 'csv or parquet (default: by the ending of the file, else csv)')
  command.action(() =>
    run(command, async (context) => {
      const { out, format, ...flags } = parseFlags(
        z.object({
          ...viewFlags,
          out: z.string().min(1),
          format: z.enum(['csv', 'parquet']).optional(),
        }),
        command.opts(),
      )
      const { client } = await context.openProject()
      const { columns, ...view } = await readView(client, flags)
      const written = await client.image.export(
        {
          ...view,
          ...(columns === null ? {} : { columns }),
          format: format ?? (/\.parquet$/i.test(out) ? 'parquet' : 'csv'),
          file: resolve(context.io.workingFolder, out),
        },
        { signal: context.signal },
      )
      return { json: written, text: `Wrote ${formatCount(written.rows)} rows to ${written.file}` }
    }),
  )
}

function addSavedQueries({ program, run }: CommandRegistry): void {
  const list = defineCommand(program, 'queries', 'list the saved queries')
  list.action(() =>
    run(list, async (context) => {
      const { client } = await context.openProject()
      const queries = await client.savedQuery.list()
      const text = formatTable(queries, [
        { title: 'id', cell: ({ id }) => String(id), alignRight: true },
        { title: 'name', cell: ({ name }) => name },
        { title: 'search', cell: ({ view }) => view.filter.search ?? '' },
        { title: 'changed', cell: ({ changedAt }) => changedAt },
      ])
      return { json: queries, text }
    }),
  )

  const save = addViewFlags(defineCommand(program, 'save <name>', 'save a query under a name')).option(
    '--replace',
    'change the query of that name',
  )
  save.action((name: string) =>
    run(save, async (context) => {
      const { replace = false, ...flags } = parseFlags(
        z.object({ ...viewFlags, replace: z.boolean().optional() }),
        save.opts(),
      )
      const { client } = await context.openProject()
      const saved = await client.savedQuery.save({ name, view: await readView(client, flags), replace })
      return { json: saved, text: `Saved as ${saved.name} (${saved.id})` }
    }),
  )

  const remove = defineCommand(program, 'forget <query>', 'forget a saved query')
  remove.action((reference: string) =>
    run(remove, async (context) => {
      const { client } = await context.openProject()
      const { id, name } = pickByReference(await client.savedQuery.list(), reference, 'saved query')
      const removed = await client.savedQuery.remove({ savedQueryId: id })
      return { json: removed, text: `Forgot ${name}` }
    }),
  )
}
