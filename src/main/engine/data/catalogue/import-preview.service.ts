import { readdir } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import * as z from 'zod'
import type { ImportPreview, ImportPreviewRequest, ImportRequest } from '#shared/contract/dataset.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { estimateProportion } from '#shared/domain/intervals.ts'
import type { ImageCodecName } from '#engine/base/media/image-codec.ts'
import type { WorkerPool } from '#engine/base/threads/worker-pool.ts'
import { detectDetails, detectFormat } from './domain/detect-format.ts'
import type { LabelSource } from './labels/label-source.ts'
import { locateLabelFiles, openLabelSource } from './labels/open-label-source.ts'
import { readLabelTable } from './labels/read-label-table.ts'
import { nameReadColumns } from './labels/table-labels.ts'
import { listImages, requireFolder } from './list-images.ts'
import { lookOutcome, type LookTask } from './ingest-tasks.ts'

interface ImportPreviewDeps {
  /** On the entry `ingest`. */
  readonly pool: WorkerPool
  readonly codec: ImageCodecName
}

const shownImages = 12
/** Their share of unreadable files is known to about a tenth, and they are read in a second. */
const readImages = 96
const filesPerTask = 8

/** Spread evenly, the first and the last included. */
const spread = <Item>(items: readonly Item[], count: number): Item[] =>
  items.length <= count
    ? [...items]
    : Array.from({ length: count }, (_, index) =>
        Math.round((index * (items.length - 1)) / (count - 1)),
      ).flatMap((at) => items.slice(at, at + 1))

/** What an import would read, before it is started; nothing is stored. */
export class ImportPreviewService {
  readonly #deps: ImportPreviewDeps

  constructor(deps: ImportPreviewDeps) {
    this.#deps = deps
  }

  /** @throws AppError for a folder that cannot be read or holds no images; what else stands in the way is the preview's `refusal`. */
  async preview(request: ImportPreviewRequest, signal: AbortSignal): Promise<ImportPreview> {
    const source = resolve(request.source)
    await requireFolder(source)
    const { paths, otherFiles } = await listImages(source, signal)
    const files = (await readdir(source, { withFileTypes: true })).flatMap((entry) =>
      entry.isFile() ? [entry.name] : [],
    )
    const detected = request.format === undefined ? detectFormat({ images: paths, files }) : null
    const format =
      request.format ?? (request.labels === undefined ? (detected?.format ?? null) : ('csv' as const))
    const details = format === null ? {} : detectDetails(format, { images: paths, files })
    const asked = await locateLabels(
      {
        ...request,
        source,
        format: format ?? undefined,
        labels: request.labels ?? details.labels,
        folderTask: request.folderTask ?? details.folderTask,
      },
      files,
    )
    const { tables, labels, refusal } = await openLabels(asked, { paths, signal })
    const looked = spread(paths, readImages)
    const shown = new Set(spread(looked, shownImages))
    const outcomes = await this.#look(
      looked.map((path) => ({ file: join(source, path), isShown: shown.has(path) })),
      signal,
    )
    const problems = looked.flatMap((file, at) => {
      const reason = outcomes[at]?.refusal ?? null
      return reason === null ? [] : [{ file, reason }]
    })
    return {
      format: asked.format ?? null,
      toldBy: detected?.toldBy ?? null,
      folderTask: asked.folderTask ?? null,
      tables,
      images: paths.length,
      otherFiles,
      unreadable: estimateProportion(problems.length, looked.length),
      problems,
      samples: looked.flatMap((path, at) =>
        shown.has(path) ? [describeSample(path, { labels, picture: outcomes[at]?.picture ?? null })] : [],
      ),
      refusal,
    }
  }

  async #look(files: LookTask['files'], signal: AbortSignal): Promise<z.infer<typeof lookOutcome>[]> {
    const { codec, pool } = this.#deps
    const tasks = Array.from({ length: Math.ceil(files.length / filesPerTask) }, (_, index) => ({
      codec,
      files: files.slice(index * filesPerTask, (index + 1) * filesPerTask),
    }))
    const call = { name: 'lookAtFiles', result: z.array(lookOutcome), signal }
    return (await Promise.all(tasks.map((task) => pool.run(task, call)))).flat()
  }
}

type AskedFor = ImportPreviewRequest & { readonly labelFiles: readonly string[] }

/** With the label files as paths. */
async function locateLabels(request: ImportPreviewRequest, files: readonly string[]): Promise<AskedFor> {
  const { source, format, labels } = request
  const fairface = format === 'fairface' && labels === undefined
  const labelFiles = fairface
    ? files
        .filter((name) => /^fairface_label_(?:train|val)\.csv$/.test(name))
        .map((name) => join(source, name))
    : labels === undefined
      ? []
      : await locateLabelFiles(source, labels)
  return { ...request, labelFiles, ...(labelFiles.length > 0 && { labels: labelFiles }) }
}

interface OpenedLabels extends Pick<ImportPreview, 'tables' | 'refusal'> {
  readonly labels: LabelSource | null
}

async function openLabels(
  asked: AskedFor,
  { paths, signal }: { paths: readonly string[]; signal: AbortSignal | undefined },
): Promise<OpenedLabels> {
  const tables: ImportPreview['tables'] = []
  const { format, labelFiles, columns } = asked
  if (format === undefined) {
    const refusal = 'Nothing in the folder tells where its labels stand. Choose the format.'
    return { tables, labels: null, refusal }
  }
  try {
    for (const file of format === 'csv' || format === 'fairface' ? labelFiles : []) {
      const table = await readLabelTable(file, signal)
      tables.push({
        file: basename(file),
        columns: [...table.columns],
        read: nameReadColumns(table, columns),
      })
    }
    const request: ImportRequest = { ...asked, format, copy: false }
    const labels = await openLabelSource(request, signal)
    labels.meet?.(paths)
    return { tables, labels, refusal: null }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { tables, labels: null, refusal: error.message }
  }
}

function describeSample(
  file: string,
  { labels, picture }: { labels: LabelSource | null; picture: Uint8Array | null },
): ImportPreview['samples'][number] {
  const read = labels?.read(file)
  const none = { ageYears: null, ageBin: null, gender: null, race: null, identity: null }
  return {
    file,
    picture: picture === null ? null : `data:image/webp;base64,${Buffer.from(picture).toString('base64')}`,
    ...(read?.labels ?? none),
    notes: (read?.repairs ?? []).map(({ field, from, to, reason }) =>
      to === null
        ? `${field} ${JSON.stringify(from)}: ${reason}`
        : `${field} ${JSON.stringify(from)} is read as ${to}: ${reason}`,
    ),
  }
}
