import type { ReportDocument } from '#shared/contract/report.contract.ts'
import type { Opening, TestPartRecord } from '#shared/contract/ledger.contract.ts'
import { sealPrivate } from '#engine/base/ledger/domain/chain.ts'
import { toCanonicalJson } from '#engine/base/kernel/hash.ts'
import type { CheckList } from './domain/check-list.ts'
import type { ChainPart } from './domain/manifest.ts'

type Line = ChainPart['lines'][number]

const kind = 'opening'
const subjectOf = (line: Line | undefined): Readonly<Record<string, unknown>> =>
  (line?.open.subject ?? {}) as Readonly<Record<string, unknown>>

/** The opening and the evaluation that the report speaks of stand in the ledger as it says, and none is kept from the reader. */
export function checkOpening(report: ReportDocument, { lines }: ChainPart, checks: CheckList): void {
  const { testPart, subject } = report
  const evaluated = findEvaluated(subject, lines)
  if (subject.part !== 'test') {
    checks.check('opening', {
      kind,
      what: 'Only a test part is opened',
      expected: 'not of a test part',
      found: testPart === null && evaluated === undefined ? 'not of a test part' : 'of a test part',
    })
    return
  }
  const opening = testPart?.opening ?? null
  if (testPart === null || opening === null) {
    const isKnown = testPart === null || evaluated !== undefined
    if (isKnown)
      checks.breaks('opening', {
        what: 'The report says of a test part how it was opened',
        expected: evaluated === undefined ? 'an opening, or that there is none' : describeBound(evaluated),
        found: testPart === null ? 'nothing' : 'no opening',
      })
    else
      checks.skip('opening', {
        what: 'How the test part was opened',
        why: 'the report says that nothing recorded it, and no line of the ledger speaks of this evaluation',
      })
    return
  }
  const line = lines.find(({ position, open }) => position === opening.line && open.kind === 'unsealed')
  checkLine(opening, line, checks)
  checkSubject(report, line, { lines, checks })
  checkWords(opening, line, checks)
  checkCounts(testPart, { line: opening.line, lines, checks })
  checkTime(subject.evaluatedAt, opening, { lines, of: subject.evaluationId, checks })
  checks.check('evaluation in the ledger', {
    kind,
    what: 'The ledger binds the answers to the opening',
    expected: toCanonicalJson([subject.evaluationId, opening.line, subject.predictionsSha256]),
    found: toCanonicalJson(
      (['evaluation', 'opening', 'predictionsSha256'] as const).map(
        (name) => subjectOf(evaluated)[name] ?? null,
      ),
    ),
  })
}

const describeBound = (line: Line): string =>
  `the evaluation of line ${line.position}, by the opening of line ${String(subjectOf(line).opening)}`

/** It was made after the opening, and before the line that tells of it. */
function checkTime(
  at: string,
  opening: Opening,
  { lines, of, checks }: { lines: readonly Line[]; of: number; checks: CheckList },
): void {
  const first = lines.find((line) => line.open.kind === 'evaluated' && subjectOf(line).evaluation === of)
  const told = typeof first?.open.at === 'string' ? first.open.at : ''
  if (opening.at <= at && at <= told)
    checks.hold(kind, 'The evaluation was made between its opening and its line')
  else
    checks.breaks('subject, evaluated', {
      what: 'The evaluation was made between its opening and its line',
      expected: at,
      found: `${opening.at} to ${told === '' ? 'no line' : told}`,
    })
}

/** Of several lines of an evaluation the last counts; one of the same answers speaks of it under whatever number. */
function findEvaluated(
  { evaluationId, predictionsSha256 }: ReportDocument['subject'],
  lines: readonly Line[],
): Line | undefined {
  const all = lines.filter(({ open }) => open.kind === 'evaluated')
  return (
    all.findLast((line) => subjectOf(line).evaluation === evaluationId) ??
    all.findLast((line) => subjectOf(line).predictionsSha256 === predictionsSha256)
  )
}

const saidOfOpening = [
  'onnxSha256',
  'weightsSha256',
  'splitHash',
  'images',
  'certificate',
  'earlier',
  'seenByRuns',
] as const

function checkLine(opening: Opening, line: Line | undefined, checks: CheckList): void {
  const said = subjectOf(line)
  checks.check('opening', {
    kind,
    what: 'The opening in the report is the line of the ledger',
    expected: toCanonicalJson([
      opening.hash,
      opening.at,
      opening.by,
      opening.modelId,
      opening.splitId,
      ...saidOfOpening.map((name) => opening[name]),
    ]),
    found: toCanonicalJson(
      [
        line?.hash,
        line?.open.at,
        line?.open.actor,
        said.model,
        said.split,
        ...saidOfOpening.map((name) => said[name]),
      ].map((one) => one ?? null),
    ),
  })
}

/** What was opened is what the report is about. */
function checkSubject(
  { subject }: ReportDocument,
  line: Line | undefined,
  { lines, checks }: { lines: readonly Line[]; checks: CheckList },
): void {
  const said = subjectOf(line)
  checks.check('subject', {
    kind,
    what: 'The report is about the model and the split that were opened',
    expected: toCanonicalJson([subject.modelId, subject.weightsSha256, subject.splitId]),
    found: toCanonicalJson([said.model, said.weightsSha256, said.split].map((one) => one ?? null)),
  })
  const isErased = lines.some(
    ({ position, open }) => open.kind === 'erased' && position > (line?.position ?? 0),
  )
  if (subject.splitHash !== said.splitHash && isErased)
    checks.skip('subject, split', {
      what: 'The split is the one that was opened',
      why: 'pictures were erased since, and a split without them has another hash',
    })
  else
    checks.check('subject, split', {
      kind,
      what: 'The split is the one that was opened',
      expected: toCanonicalJson(subject.splitHash),
      found: toCanonicalJson(said.splitHash ?? null),
    })
}

/** Why it was opened, and what model and split were called then: the line holds a digest of it. */
function checkWords(opening: Opening, line: Line | undefined, checks: CheckList): void {
  const { reason, model, split } = opening
  const name = 'opening, words'
  const what = 'Reason and names are those of the opening'
  if (reason === null && model === null && split === null) {
    checks.skip(name, { what, why: 'an erasure has blanked them' })
    return
  }
  const hidden = line?.private
  if (hidden === undefined) {
    checks.breaks(name, {
      what,
      expected: toCanonicalJson({ reason, model, split }),
      found: 'not in the bundle',
    })
    return
  }
  checks.check(name, {
    kind,
    what,
    expected: toCanonicalJson([{ reason, model, split }, line?.sealed ?? null]),
    found: toCanonicalJson([hidden.content, sealPrivate(hidden)]),
  })
}

/** Openings of this split before and after are at least so many, and no more than there are of any. */
function checkCounts(
  { earlier, later }: TestPartRecord,
  { line, lines, checks }: { line: number; lines: readonly Line[]; checks: CheckList },
): void {
  const openings = lines.filter(({ open }) => open.kind === 'unsealed')
  const split = subjectOf(openings.find(({ position }) => position === line)).split
  const count = (isMeant: (position: number) => boolean) => {
    const all = openings.filter(({ position }) => isMeant(position))
    return { least: all.filter((one) => subjectOf(one).split === split).length, most: all.length }
  }
  const sides = [
    { name: 'earlier', said: earlier, ...count((position) => position < line) },
    { name: 'later', said: later, ...count((position) => position > line) },
  ]
  for (const { name, said, least, most } of sides) {
    if (said >= least && said <= most) checks.hold(kind, 'Openings are as many as the ledger has')
    else
      checks.breaks(`opening, ${name}`, {
        what: 'Openings of these pictures are as many as the ledger has',
        expected: String(said),
        found: least === most ? String(least) : `${least} to ${most}`,
      })
  }
}
