import { expect, it } from 'vitest'
import { splitId } from '#shared/contract/base.contract.ts'
import type { ModelOrigin } from '#shared/contract/evaluation.contract.ts'
import type { ReportDocument } from '#shared/contract/report.contract.ts'
import { makeGenderRecords, makeReport } from '#tests/fixtures/report-document.ts'

const kindsOf = ({ findings }: ReportDocument): string[] => findings.map(({ kind }) => kind)

it('what decides how far figures can be trusted comes before any figure', async () => {
  const records = makeGenderRecords({ White: 0.95, Black: 0.6 })
  const unlooked = await makeReport(records)
  expect(unlooked.findings[0]).toMatchObject({
    kind: 'trust',
    text: expect.stringContaining('Nobody has looked for people or pictures'),
  })
  const { subject } = unlooked
  const learned = await makeReport(records, { subject: { ...subject, part: 'train' } })
  expect(learned.findings[0]?.text).toContain('The model learned from these very images')
  const learnedBy = (of: Partial<ModelOrigin> | null) =>
    makeReport(records, {
      subject: {
        ...subject,
        part: 'val',
        learned:
          of === null
            ? null
            : {
                splitId: splitId.parse(2),
                split: 'other',
                trainedOn: 0,
                chosenBy: 0,
                crossvalId: null,
                ...of,
              },
      },
    })
  const foreign = await learnedBy({})
  expect(foreign.findings[0]?.text).toBe(
    'The model was trained under split other. None of these pictures belongs to what it learned from there; whether the same people do, and what weights it began with had seen, nobody has looked.',
  )
  expect(JSON.stringify(foreign.findings)).not.toContain('was chosen by')
  const chosen = await learnedBy({ chosenBy: 20 })
  expect(chosen.findings[0]?.text).toContain('20 of these 400 images belong to what the model was chosen by')
  const seen = await learnedBy({ trainedOn: 150, chosenBy: 20 })
  expect(seen.findings[0]?.text).toContain(
    '150 of these 400 images belong to what the model learned from, under split other',
  )
  expect((await learnedBy(null)).findings[0]?.text).toContain(
    'By which images the model learned is not known',
  )
  const drawn = await makeReport(records, { isSynthetic: true })
  expect(drawn.findings[0]?.text).toContain('no figure here says anything of people')
})

it('names the two groups that the data tell apart most, with the corrected interval and the gap of chance', async () => {
  const report = await makeReport(makeGenderRecords({ White: 0.97, Black: 0.6, Indian: 0.9 }))
  const [table] = report.tasks[0]?.groups ?? []
  const pair = table?.pairs.find(({ a, b }) => a.race === 'Black' && b.race === 'White')
  expect(pair?.verdict).toBe('differs')
  expect(report.findings[1]).toMatchObject({
    kind: 'differs',
    task: 'gender',
    by: ['race'],
    figure: { value: -(pair?.difference ?? 0), low: -(pair?.high ?? 0), high: -(pair?.low ?? 0), n: 400 },
  })
  expect(report.findings[1]?.text).toMatch(
    /^Gender is answered right less often for images labelled Black \(\d+\.\d% of 200\) than for those labelled White .* By chance alone/,
  )
})

it('says what the data do not tell where no groups differ, and never that there is no difference', async () => {
  const report = await makeReport(makeGenderRecords({ White: 0.8, Black: 0.8 }, 40))
  expect(kindsOf(report)).toEqual(['trust', 'unknown', 'unknown'])
  expect(report.findings[1]?.text).toMatch(/is not known.*not enough data/)
  expect(JSON.stringify(report)).not.toMatch(/no (significant )?difference/i)
})

it('gives the figure as a whole where groups are too small to compare, and says so', async () => {
  const report = await makeReport(makeGenderRecords({ White: 0.8, Black: 0.8 }, 10))
  expect(kindsOf(report)).toEqual(['trust', 'figure'])
  expect(report.missing.map(({ what }) => what)).toContain('Differences between groups')
  expect(report.population.cells).toMatchObject({ empty: 0, below30: report.population.cells.all })
})
