import type { ReportDocument } from '#shared/contract/report.contract.ts'
import { chainStart, hashLine } from '#engine/base/ledger/domain/chain.ts'
import type { BundleParts, PartReader } from './bundle-parts.ts'
import { checkCertificate } from './check-certificate.ts'
import { checkOpening } from './check-opening.ts'
import type { AnswerTable } from './domain/answers-table.ts'
import type { CheckList } from './domain/check-list.ts'
import { chainPart, type ChainPart } from './domain/manifest.ts'
import { readMembers, type BundleMember } from './domain/members-table.ts'
import { unborne, unborneUnopened } from './domain/unborne.ts'

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
  checkDate(report, checks)
  checks.skip('ledger, after', {
    what: 'What the ledger holds after the last line here',
    why: `it may go on after line ${report.ledger.n}, with later openings: hold it against a head that somebody kept (evenhand ledger verify in the project)`,
  })
  const isOpened = (report.testPart?.opening ?? null) !== null
  checks.skip('report.json, words', {
    what: 'What no record in the bundle bears out',
    why: `as the report tells them: ${[...unborne, ...(isOpened ? [] : unborneUnopened)].join('; ')}`,
  })
}

/** The report is of the day of the newest record that it rests on. */
function checkDate({ at, subject, certificate, ledger }: ReportDocument, checks: CheckList): void {
  const times = [subject.evaluatedAt, certificate?.madeAt, ledger.time].filter(
    (time) => typeof time === 'string',
  )
  checks.check('report.json, at', {
    kind: 'report',
    what: 'The report is of the day of its newest record',
    expected: at,
    found: times.toSorted().at(-1) ?? '',
  })
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
    expected: `line ${head.n}, ${head.sha256}, ${head.time ?? 'no time'}`,
    found: `line ${lines.length}, ${previous}, ${timeOf(lines.at(-1))}`,
  })
}

const timeOf = (line: ChainPart['lines'][number] | undefined): string =>
  typeof line?.open.at === 'string' ? line.open.at : 'no time'

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
  const groupOf = new Map(own.map(({ sha256, group }) => [sha256, group]))
  const [first] = answers.records.values()
  const moved = answers.images.findIndex(
    ({ fileSha256 }, at) => (groupOf.get(fileSha256) ?? first?.clusters[at]) !== first?.clusters[at],
  )
  checks.check('members.csv, people', {
    kind,
    what: 'People and sets of copies are those of the split',
    expected: 'the same',
    found: moved < 0 ? 'the same' : `image ${answers.images[moved]?.imageId ?? ''} is of another`,
  })
}
