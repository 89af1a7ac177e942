import { parquetReadObjects } from 'hyparquet'
import { beforeAll, expect, it } from 'vitest'
import { reportDepth, reportDocument, type ReportDocument } from '#shared/contract/report.contract.ts'
import { formatEstimate } from '#shared/domain/format.ts'
import { toCanonicalJson } from '#engine/base/kernel/hash.ts'
import { compileTypst } from '#engine/reports/documents/adapters/compile-typst.ts'
import { layOutReport } from '#engine/reports/documents/domain/lay-out-report.ts'
import { renderHtml } from '#engine/reports/documents/domain/render-html.ts'
import { renderTypst, spellText } from '#engine/reports/documents/domain/render-typst.ts'
import { drawReport } from '#engine/reports/documents/draw-report.ts'
import { listTablesOf } from '#engine/reports/documents/domain/tables.ts'
import { productWorkers } from '#tests/fixtures/product.ts'
import { makeGenderRecords, makeReport } from '#tests/fixtures/report-document.ts'

let report: ReportDocument

beforeAll(async () => {
  report = await makeReport(makeGenderRecords({ White: 0.95, Black: 0.7, Indian: 0.9 }))
})

const toArrayBuffer = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer

const htmlOf = (depth: 'summary' | 'standard' | 'full'): string => renderHtml(layOutReport(report, depth))

it('the page asks for nothing, runs nothing and takes names for words', () => {
  const html = htmlOf('full')
  expect(html).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|https?:(?!\/\/www\.w3\.org\/2000\/svg)/)
  expect(html).toContain(`default-src 'none'`)
  expect(html).toContain('Probe &lt;b&gt;&quot;one&quot;&lt;/b&gt;')
  expect(html).not.toContain('<b>')
})

it('a document that was read back from its file draws the same page', () => {
  const again = reportDocument.parse(JSON.parse(toCanonicalJson(report)))
  expect(renderHtml(layOutReport(again, 'full'))).toBe(htmlOf('full'))
  expect(listTablesOf(again)).toEqual(listTablesOf(report))
})

it('each depth shows what the one before shows, and more', () => {
  const sections = reportDepth.options.map((depth) =>
    layOutReport(report, depth).sections.map(({ id }) => id),
  )
  expect(sections[0]).toEqual(['summary', 'missing', 'verify', 'identity'])
  expect(sections[1]).toEqual([
    'summary',
    'population',
    'gender',
    'trust',
    'method',
    'missing',
    'words',
    'verify',
    'identity',
  ])
  expect(sections[2]).toEqual(sections[1])
  expect(htmlOf('full').length).toBeGreaterThan(htmlOf('standard').length)
})

it('figures stand on the page as the document has them', () => {
  const [task] = report.tasks
  const html = htmlOf('standard')
  expect(html).toContain(
    formatEstimate(task?.result.accuracy ?? { value: null, low: null, high: null, n: 0 }),
  )
  const [byRace] = task?.groups ?? []
  for (const { value } of byRace?.groups ?? [])
    expect(html).toContain(`<td class="right">${((value ?? 0) * 100).toFixed(1)}%</td><td class="right">`)
  expect(html.match(/<svg /g)?.length).toBeGreaterThan(3)
})

it('the PDF is the same bytes for the same report, tagged and of PDF/UA-1, with every character drawn or told by its number', () => {
  const source = renderTypst(layOutReport(report, 'summary'))
  const pdf = Buffer.from(compileTypst(source))
  expect(pdf.equals(compileTypst(source))).toBe(true)
  expect(pdf.subarray(0, 5).toString()).toBe('%PDF-')
  const text = pdf.toString('latin1')
  expect(text).toMatch(/<pdfuaid:part>1<\/pdfuaid:part>/)
  expect(text).toMatch(/\/MarkInfo/)
  expect(source.main).toContain('U+4E2D')
  expect(text.match(/\/Type\s*\/Page\b/g)).toHaveLength(1)
})

it('text that is no markup stays text in Typst', () => {
  expect(spellText('a\tb "c" \\ #d 中 é – Ω 😀')).toBe('a b "c" \\ #d U+4E2D é – Ω U+1F600')
  const page = {
    title: 'T',
    subtitle: '#panic("x") $ * _ \\ " [',
    date: '2026-11-30',
    sections: [
      { id: 's', title: '= #x', blocks: [{ kind: 'text' as const, text: '#read("/etc/passwd") @a <b>' }] },
    ],
  }
  expect(
    Buffer.from(compileTypst(renderTypst(page)))
      .subarray(0, 5)
      .toString(),
  ).toBe('%PDF-')
})

it('tables hold every figure of the document', () => {
  const tables = new Map(listTablesOf(report).map((table) => [table.name, table]))
  expect([...tables.keys()]).toEqual([
    'overall',
    'groups',
    'pairs',
    'gaps',
    'confusion',
    'calibration',
    'systems',
    'population',
  ])
  const groups = report.tasks.flatMap((task) => task.groups.flatMap((table) => table.groups))
  expect(tables.get('groups')?.rows).toHaveLength(groups.length)
  for (const { columns, rows } of tables.values())
    for (const row of rows) expect(row).toHaveLength(columns.length)
})

it('tables in Parquet are those in CSV, words as words and figures as numbers', async () => {
  const files = await drawReport(
    report,
    { formats: ['parquet'], depth: 'summary' },
    { workers: productWorkers, signal: new AbortController().signal },
  )
  for (const { name, columns, rows } of listTablesOf(report)) {
    const file = files.find(({ path }) => path === `tables/${name}.parquet`)
    const read = await parquetReadObjects({ file: toArrayBuffer(file?.content ?? new Uint8Array()) })
    const asRead = rows.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index]])))
    expect(read).toEqual(asRead)
  }
})

it('of a task whose labels the model does not know it says so in a sentence, and says of no group that it has no image', async () => {
  const known = makeGenderRecords({ White: 0.95, Black: 0.7 })
  const other = await makeReport({ ...known, labelled: known.labelled.map(() => -1) })
  const page = layOutReport(other, 'full')
  const html = renderHtml(page)
  expect(page.sections.find(({ id }) => id === 'gender')?.blocks).toEqual([
    {
      kind: 'text',
      text: 'No image has a label for gender that the model knows, so that nothing can be said of its answers.',
    },
  ])
  expect(other.missing).toContainEqual(
    expect.objectContaining({
      what: 'Figures for gender',
      why: 'no image has a label that the model knows',
    }),
  )
  expect(html).not.toMatch(/groups have no image\b|NaN|null/)
})

it('few images have their count alone, also in bins of confidence and rows of a confusion', async () => {
  const few = await makeReport(makeGenderRecords({ White: 0.9, Black: 0.7 }, 20))
  const html = renderHtml(layOutReport(few, 'full'))
  const sure = few.tasks[0]?.reliability[0]?.bins.filter(({ n }) => n > 0 && n < 30) ?? []
  expect(sure.length).toBeGreaterThan(3)
  expect(html.match(/count only/g)?.length).toBeGreaterThanOrEqual(2 * sure.length)
  const figures = html.match(/<svg.*?<\/svg>/gs) ?? []
  expect(figures.filter((svg) => svg.includes('labelled') && /\d%/.test(svg))).toEqual([])
  expect(figures.filter((svg) => svg.includes('how sure') && svg.includes('class="mark"'))).toEqual([])
  expect(renderHtml(layOutReport(few, 'summary'))).toContain(
    'Nothing can be said of a gap where fewer than two groups have 30 images',
  )
})
