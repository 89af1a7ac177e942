import * as z from 'zod'
import { reportDocument, type ReportDepth, type ReportDocument } from '#shared/contract/report.contract.ts'
import { hashBytes, toCanonicalJson } from '#engine/base/kernel/hash.ts'
import type { ChainLine } from '#engine/base/ledger/domain/chain.ts'
import { readVersion } from '#engine/base/runtime/version.ts'
import { drawHtml, drawTables, writeDocument } from '#engine/reports/documents/draw-report.ts'
import { writeAnswers, type AnswerTable } from './domain/answers-table.ts'
import { describeBundle } from './domain/describe-bundle.ts'
import {
  bundleVersion,
  manifestPath,
  type ChainPart,
  type Manifest,
  type SystemPart,
} from './domain/manifest.ts'
import { writeMembers, type BundleMember } from './domain/members-table.ts'
import { verifyProgram } from './domain/verify-program.ts'
import type { ZipEntry } from './domain/write-zip.ts'

const writeJson = (value: unknown): Uint8Array => Buffer.from(`${toCanonicalJson(value)}\n`)

type PartLine = ChainPart['lines'][number]

/** What a line says openly; what names files or places stays in the project. */
export const openLine = ({
  position,
  previous,
  open,
  sealed,
  hash,
}: Omit<ChainLine, 'private'>): PartLine => ({
  position,
  previous,
  open: { ...open },
  sealed,
  hash,
})

/** The lines of the ledger, with the words of the opening that the report tells. */
export const openLedger = (lines: readonly ChainLine[], { testPart }: ReportDocument): PartLine[] =>
  lines.map((line) => {
    const isTold = line.position === testPart?.opening?.line && line.private !== null
    return isTold
      ? { ...openLine(line), private: { ...line.private, content: { ...line.private.content } } }
      : openLine(line)
  })

/** Everything that a bundle is made of. */
interface BundleContent {
  readonly report: ReportDocument
  readonly depth: ReportDepth
  readonly pdf: Uint8Array | null
  readonly answers: AnswerTable
  readonly members: readonly BundleMember[]
  readonly systems: readonly SystemPart[]
  readonly ledger: ChainPart
  readonly certificate: ChainPart | null
}

/** Parts that follow from the report and from this version: words, page, tables, schema and program. */
export const drawParts = async (report: ReportDocument, depth: ReportDepth): Promise<ZipEntry[]> => [
  { path: 'README.md', content: Buffer.from(describeBundle(report)) },
  { path: 'report.html', content: drawHtml(report, depth) },
  ...(await drawTables(report)).map(({ path, content }) => ({ path, content })),
  { path: 'schemas/report.schema.json', content: writeJson(z.toJSONSchema(reportDocument)) },
  { path: 'verify.py', content: Buffer.from(verifyProgram) },
]

/** Every part in its order, the manifest last. */
export async function packBundle(content: BundleContent): Promise<ZipEntry[]> {
  const { report, depth, pdf, answers, members, systems, ledger, certificate } = content
  const parts: ZipEntry[] = [
    ...(await drawParts(report, depth)),
    { path: 'report.json', content: writeDocument(report) },
    ...(pdf === null ? [] : [{ path: 'report.pdf', content: pdf }]),
    { path: 'predictions.csv', content: Buffer.concat([...writeAnswers(answers)]) },
    { path: 'members.csv', content: writeMembers(members) },
    { path: 'systems.json', content: writeJson({ systems }) },
    { path: 'ledger.json', content: writeJson(ledger) },
    ...(certificate === null ? [] : [{ path: 'certificate.json', content: writeJson(certificate) }]),
  ]
  const manifest: Manifest = {
    format: 'evenhand-bundle',
    version: bundleVersion,
    madeBy: readVersion(),
    depth,
    parts: parts.map((part) => ({
      path: part.path,
      bytes: part.content.length,
      sha256: hashBytes(part.content),
    })),
  }
  return [...parts, { path: manifestPath, content: writeJson(manifest) }]
}
