import type { ReportDocument } from '#shared/contract/report.contract.ts'
import { chainStart, hashLine } from '#engine/base/ledger/domain/chain.ts'
import { toCanonicalJson } from '#engine/base/kernel/hash.ts'
import type { BundleParts, PartReader } from './bundle-parts.ts'
import type { AnswerTable } from './domain/answers-table.ts'
import type { CheckList } from './domain/check-list.ts'
import { chainPart, type ChainPart } from './domain/manifest.ts'
import { readMembers, type BundleMember } from './domain/members-table.ts'

interface CheckedRecords {
  readonly report: ReportDocument
  readonly answers: AnswerTable | null
  readonly checks: CheckList
  readonly readPart: PartReader
}

/** Ledger, certificate and split: what the report rests on beside answers. */
export function checkRecords(
  parts: BundleParts,
  { report, answers, checks, readPart }: CheckedRecords,
): void {
  const ledger = readPart('ledger.json', chainPart)
  if (ledger !== null) {
    checkLedger(report, ledger, checks)
    checkOpening(report, ledger, checks)
  }
  const certificate = parts.has('certificate.json') ? readPart('certificate.json', chainPart) : null
  checkCertificate(report, certificate, checks)
  checkMembers(parts, { report, answers, checks })
}

function checkLedger(
  { ledger: head }: ReportDocument,
  { ledger, lines }: ChainPart,
  checks: CheckList,
): void {
  let previous = chainStart
  for (const [index, line] of lines.entries()) {
    const name = `ledger line ${index + 1}`
    const kind = 'ledger lines'
    if (line.position !== index + 1) {
      checks.breaks(name, {
        what: 'No line is missing',
        expected: `line ${index + 1}`,
        found: `line ${line.position}`,
      })
      return
    }
    checks.check(name, {
      kind,
      what: 'A line is what was hashed',
      expected: line.hash,
      found: hashLine(ledger, line),
    })
    checks.check(name, {
      kind,
      what: 'A line follows the one before it',
      expected: previous,
      found: line.previous,
    })
    previous = line.hash
  }
  checks.check('ledger head', {
    kind: 'ledger head',
    what: 'The ledger ends where the report says',
    expected: `line ${head.n}, ${head.sha256}`,
    found: `line ${lines.length}, ${previous}`,
  })
}

/** The opening and the evaluation that the report speaks of stand in the ledger as it says. */
function checkOpening(report: ReportDocument, { lines }: ChainPart, checks: CheckList): void {
  const { testPart, subject } = report
  if (testPart === null || testPart.opening === null) return
  const { opening } = testPart
  const line = lines.find(({ position }) => position === opening.line)
  const said = (line?.open.subject ?? {}) as Readonly<Record<string, unknown>>
  const kind = 'opening'
  const what = 'The opening in the report is the line of the ledger'
  checks.check('opening', {
    kind,
    what,
    expected: toCanonicalJson([
      opening.hash,
      opening.at,
      opening.by,
      opening.onnxSha256,
      opening.weightsSha256,
      opening.splitHash,
      opening.images,
      opening.certificate,
      opening.earlier,
      opening.seenByRuns,
    ]),
    found: toCanonicalJson(
      [
        line?.hash,
        line?.open.at,
        line?.open.actor,
        said.onnxSha256,
        said.weightsSha256,
        said.splitHash,
        said.images,
        said.certificate,
        said.earlier,
        said.seenByRuns,
      ].map((one) => one ?? null),
    ),
  })
  const evaluated = lines.findLast(({ open }) => {
    const bound = (open.subject ?? {}) as Readonly<Record<string, unknown>>
    return open.kind === 'evaluated' && bound.evaluation === subject.evaluationId
  })
  const bound = (evaluated?.open.subject ?? {}) as Readonly<Record<string, unknown>>
  checks.check('evaluation in the ledger', {
    kind,
    what: 'The ledger binds the answers to the opening',
    expected: toCanonicalJson([opening.line, subject.predictionsSha256]),
    found: toCanonicalJson([bound.opening ?? null, bound.predictionsSha256 ?? null]),
  })
}

/** The certificate in the report is the sealed one; its state now is the project's to say. */
function checkCertificate(
  { certificate, subject }: ReportDocument,
  part: ChainPart | null,
  checks: CheckList,
): void {
  const [line] = part?.lines ?? []
  if (certificate === null) {
    if (line !== undefined)
      checks.breaks('certificate', {
        what: 'The report speaks of it',
        expected: 'no certificate',
        found: line.hash,
      })
    return
  }
  if (part === null || line === undefined) {
    checks.breaks('certificate', {
      what: 'The certificate that the report speaks of is there',
      expected: certificate.sha256,
      found: 'no certificate',
    })
    return
  }
  const kind = 'certificate'
  checks.check('certificate', {
    kind,
    what: 'The certificate is what was hashed',
    expected: certificate.sha256,
    found: hashLine(part.ledger, line),
  })
  const { findings, splitHash, createdAt, by, state } = line.open
  const of = (findings ?? {}) as Readonly<Record<string, unknown>>
  const { found, compared, threshold, missed, missedPairs, thresholdOf } = certificate
  checks.check('certificate findings', {
    kind,
    what: 'The report says what the certificate says',
    expected: toCanonicalJson([
      { found, compared, threshold, missed, missedPairs, thresholdOf },
      certificate.splitHash,
      certificate.madeAt,
      certificate.madeBy,
      certificate.sealedState,
    ]),
    found: toCanonicalJson([
      {
        found: of.found,
        compared: of.compared,
        threshold: of.threshold,
        missed: of.missed,
        missedPairs: of.missedPairs,
        thresholdOf: of.thresholdOf,
      },
      splitHash ?? null,
      createdAt ?? null,
      by ?? null,
      state ?? null,
    ]),
  })
  if (certificate.state !== 'stale')
    checks.check('certificate split', {
      kind,
      what: 'The certificate is of this split',
      expected: subject.splitHash,
      found: certificate.splitHash,
    })
}

/** The images of the part are those of the answers, and nobody stands in two parts. */
function checkMembers(
  parts: BundleParts,
  { report, answers, checks }: Pick<CheckedRecords, 'report' | 'answers' | 'checks'>,
): void {
  const bytes = parts.get('members.csv')
  if (bytes === undefined) return
  let members: BundleMember[]
  try {
    members = readMembers(new TextDecoder().decode(bytes), (reason) => {
      throw new RangeError(reason)
    })
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    checks.breaks('members.csv', { what: 'It can be read', expected: 'a table', found: error.message })
    return
  }
  const kind = 'split'
  const partOf = new Map<number, string>()
  const torn = new Set<number>()
  for (const { group, part } of members) {
    if ((partOf.get(group) ?? part) !== part) torn.add(group)
    partOf.set(group, part)
  }
  checks.check('members.csv, groups', {
    kind,
    what: 'No person and no set of copies stands in two parts',
    expected: 'none',
    found: torn.size === 0 ? 'none' : `${torn.size}, the first is group ${Math.min(...torn)}`,
  })
  const own = members.filter(({ part }) => part === report.subject.part)
  if (answers === null) return
  const listed = own.map(({ sha256 }) => sha256).toSorted()
  const answered = answers.images.map(({ fileSha256 }) => fileSha256).toSorted()
  const odd = listed.find((hash, index) => hash !== answered[index]) ?? answered[listed.length]
  checks.check('members.csv, images', {
    kind,
    what: 'The images of the part are those that were answered',
    expected: `${listed.length} images`,
    found:
      odd === undefined
        ? `${answered.length} images`
        : `${answered.length} images, and file ${odd} is not in both`,
  })
}
