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

/** What a line says openly; what names people or places stays in the project. */
export const openLine = ({
  position,
  previous,
  open,
  sealed,
  hash,
}: Omit<ChainLine, 'private'>): ChainPart['lines'][number] => ({
  position,
  previous,
  open: { ...open },
  sealed,
  hash,
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

/** Every part in its order, the manifest last. */
export async function packBundle(content: BundleContent): Promise<ZipEntry[]> {
  const { report, depth, pdf, answers, members, systems, ledger, certificate } = content
  const parts: ZipEntry[] = [
    { path: 'README.md', content: Buffer.from(describeBundle(report)) },
    { path: 'report.json', content: writeDocument(report) },
    { path: 'report.html', content: drawHtml(report, depth) },
    ...(pdf === null ? [] : [{ path: 'report.pdf', content: pdf }]),
    ...(await drawTables(report)).map((table) => ({ path: table.path, content: table.content })),
    { path: 'predictions.csv', content: Buffer.concat([...writeAnswers(answers)]) },
    { path: 'members.csv', content: writeMembers(members) },
    { path: 'systems.json', content: writeJson({ systems }) },
    { path: 'ledger.json', content: writeJson(ledger) },
    ...(certificate === null ? [] : [{ path: 'certificate.json', content: writeJson(certificate) }]),
    { path: 'schemas/report.schema.json', content: writeJson(z.toJSONSchema(reportDocument)) },
    { path: 'verify.py', content: Buffer.from(verifyProgram) },
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
