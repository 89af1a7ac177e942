import { beforeAll, expect, it } from 'vitest'
import type { ReportDocument } from '#shared/contract/report.contract.ts'
import { toCanonicalJson, hashBytes } from '#engine/base/kernel/hash.ts'
import { stateEvaluation } from '#engine/reports/bundles/domain/model-signature.ts'
import { makeGenderRecords, makeReport } from '#tests/fixtures/report-document.ts'

let report: ReportDocument

beforeAll(async () => {
  report = await makeReport(makeGenderRecords({ White: 0.9, Black: 0.9 }))
})

type Verdict = ReportDocument['tasks'][number]['groups'][number]['pairs'][number]['verdict']

/** The report with every pair judged so, and nothing against trusting it. */
function judged(verdict: Verdict, change: (said: ReportDocument) => void = () => undefined): ReportDocument {
  const said = structuredClone(report)
  said.findings = said.findings.filter(({ kind }) => kind !== 'trust')
  for (const { groups } of said.tasks)
    for (const table of groups) for (const pair of table.pairs) pair.verdict = verdict
  change(said)
  return said
}

const tests = ['race', 'gender', 'age'].map((by) => `accuracy of gender by ${by}`)

it('passes labellings whose groups are all judged and alike, and fails those of which two differ', () => {
  expect(stateEvaluation(judged('alike')).predicate).toMatchObject({ result: 'PASSED', passedTests: tests })
  expect(stateEvaluation(judged('differs')).predicate).toMatchObject({ result: 'FAILED', failedTests: tests })
  expect(stateEvaluation(judged('not enough data')).predicate).toMatchObject({
    result: 'WARNED',
    warnedTests: tests,
  })
})

it('passes nothing that leaves a group out, or whose figures are not to be trusted', () => {
  const few = judged('alike', ({ tasks }) => {
    const table = tasks[0]?.groups.find(({ by, metric }) => by.join() === 'race' && metric === 'accuracy')
    const [group] = table?.groups ?? []
    if (group !== undefined) group.shown = 'counts only'
  })
  expect(stateEvaluation(few).predicate).toMatchObject({
    result: 'WARNED',
    warnedTests: ['accuracy of gender by race'],
  })
  const doubted = judged('alike', (said) => {
    said.findings.unshift({ kind: 'trust', task: null, by: [], text: 'It learned from these.', figure: null })
  })
  const { predicate } = stateEvaluation(doubted)
  expect(predicate).toMatchObject({ result: 'WARNED', passedTests: [] })
  expect(predicate['configuration']).toContainEqual({
    name: 'report.json',
    digest: { sha256: hashBytes(`${toCanonicalJson(doubted)}\n`) },
    annotations: { part: 'test', images: 400, trust: 'It learned from these.' },
  })
})
