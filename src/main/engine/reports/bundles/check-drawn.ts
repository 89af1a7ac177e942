import type { ReportDocument } from '#shared/contract/report.contract.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { readVersion } from '#engine/base/runtime/version.ts'
import { drawPdf } from '#engine/reports/documents/draw-report.ts'
import type { BundleParts, VerifyHost } from './bundle-parts.ts'
import type { CheckList } from './domain/check-list.ts'
import { manifestPath, type Manifest } from './domain/manifest.ts'
import { signatureParts } from './domain/model-signature.ts'
import { drawParts } from './pack-bundle.ts'

/** Parts that are there whatever was drawn. */
const otherParts = new Set([
  manifestPath,
  'report.json',
  'report.pdf',
  'predictions.csv',
  'members.csv',
  'systems.json',
  'ledger.json',
  'certificate.json',
])

/**
 * Words, pages, tables and program are those that follow from the report. Another version draws otherwise: what differs from this
 * version's is then named as what nobody has looked at, since somebody may as well have changed it.
 */
export async function checkDrawn(
  parts: BundleParts,
  report: ReportDocument,
  { listed, checks, host }: { listed: Manifest | null; checks: CheckList; host: VerifyHost },
): Promise<void> {
  const own = readVersion()
  const depth = listed?.depth ?? 'full'
  if (listed !== null)
    checks.check('manifest.json, madeBy', {
      kind: 'parts',
      what: 'One version made the report and the bundle',
      expected: report.madeBy,
      found: listed.madeBy,
    })
  const drawn = await drawParts(report, depth)
  if (parts.has('report.pdf')) drawn.push({ path: 'report.pdf', content: await drawPdf(report, depth, host) })
  const isOwn = report.madeBy === own
  const others: string[] = []
  for (const { path, content } of drawn) {
    const found = parts.get(path)
    if (found === undefined) continue
    const [expected, is] = [hashBytes(content), hashBytes(found)]
    if (!isOwn && expected !== is) others.push(path)
    else
      checks.check(path, {
        kind: 'drawn parts',
        what: 'A part is what the report and its version give',
        expected,
        found: is,
      })
  }
  const known = new Set(drawn.map(({ path }) => path))
  for (const path of parts.keys()) {
    if (known.has(path) || otherParts.has(path) || signatureParts.has(path)) continue
    if (isOwn)
      checks.breaks(path, {
        what: 'A bundle has such a part',
        expected: 'no such part',
        found: 'it is there',
      })
    else others.push(path)
  }
  if (others.length > 0)
    checks.skip('drawn by another version', {
      what: 'What follows from the report and its version',
      why: `Evenhand ${report.madeBy} made it and this is ${own}, which gives other bytes of ${others.join(', ')}: read report.json in their place, and do not run a program of it`,
    })
}
