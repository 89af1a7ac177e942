import type { ReportDepth, ReportDocument, ReportFormat } from '#shared/contract/report.contract.ts'
import { csvChunks } from '#engine/base/kernel/csv-chunks.ts'
import { toCanonicalJson } from '#engine/base/kernel/hash.ts'
import { runWorker } from '#engine/base/threads/run-worker.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import { layOutReport } from './domain/lay-out-report.ts'
import { renderHtml } from './domain/render-html.ts'
import { renderTypst } from './domain/render-typst.ts'
import { writeParquet } from '#engine/data/catalogue/write-parquet.ts'
import { holdsWords, listTablesOf } from './domain/tables.ts'
import { typstPdf, typstTask } from './typst-task.ts'

/** One file of a report. */
export interface DrawnFile {
  readonly format: ReportFormat
  /** Below the folder, with `/` between. */
  readonly path: string
  readonly content: Uint8Array
}

/** The document as it is written: canonical, with a newline at its end. */
export const writeDocument = (report: ReportDocument): Uint8Array =>
  Buffer.from(`${toCanonicalJson(report)}\n`)

/** The page of a report for a browser. */
export const drawHtml = (report: ReportDocument, depth: ReportDepth): Uint8Array =>
  Buffer.from(renderHtml(layOutReport(report, depth)))

export async function drawPdf(
  report: ReportDocument,
  depth: ReportDepth,
  { workers, signal }: { workers: WorkerLocator; signal: AbortSignal },
): Promise<Uint8Array> {
  const source = typstTask.parse(renderTypst(layOutReport(report, depth)))
  return runWorker({ workers, name: 'typst', input: source, result: typstPdf, signal })
}

export async function drawTables(report: ReportDocument): Promise<DrawnFile[]> {
  return Promise.all(
    listTablesOf(report).map(async ({ name, columns, rows }) => ({
      format: 'csv' as const,
      path: `tables/${name}.csv`,
      content: await gather(csvChunks(columns, pageOnce(rows.map((row) => [...row])))),
    })),
  )
}

/** The same tables for readers of Parquet: words as strings, every figure as a double. */
async function drawParquet(report: ReportDocument): Promise<DrawnFile[]> {
  return Promise.all(
    listTablesOf(report).map(async ({ name, columns, rows }) => ({
      format: 'parquet' as const,
      path: `tables/${name}.parquet`,
      content: await gather(
        writeParquet(
          columns.map((column) => ({ name: column, type: holdsWords(column) ? 'text' : 'number' })),
          pageOnce(rows.map((row) => [...row])),
        ),
      ),
    })),
  )
}

async function* pageOnce<Row>(rows: Row[]): AsyncGenerator<Row[], void, void> {
  yield rows
}

async function gather(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return Buffer.concat(parts)
}

/** A report in some formats, in the order of the formats. */
export async function drawReport(
  report: ReportDocument,
  { formats, depth }: { formats: readonly ReportFormat[]; depth: ReportDepth },
  host: { workers: WorkerLocator; signal: AbortSignal },
): Promise<DrawnFile[]> {
  const files: DrawnFile[] = []
  for (const format of new Set(formats)) {
    switch (format) {
      case 'json':
        files.push({ format, path: 'report.json', content: writeDocument(report) })
        break
      case 'csv':
        files.push(...(await drawTables(report)))
        break
      case 'parquet':
        files.push(...(await drawParquet(report)))
        break
      case 'html':
        files.push({ format, path: 'report.html', content: drawHtml(report, depth) })
        break
      case 'pdf':
        files.push({ format, path: 'report.pdf', content: await drawPdf(report, depth, host) })
        break
      default:
        format satisfies never
    }
  }
  return files
}
