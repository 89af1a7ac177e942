import { cleanup, configure, screen, within } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { auditMeasureNames, type AuditMeasure } from '#shared/domain/audit-measures.ts'
import { auditDataset } from '#engine/assessment/audit/domain/audit-dataset.ts'
import { createFixtureProcedures, fixtureImplementer as os, renderWindow } from './fixture-window.tsx'
import { stubLayout } from './stub-layout.ts'

configure({ asyncUtilTimeout: 20_000 })
beforeAll(stubLayout)
afterEach(cleanup)

const unmeasured = Object.fromEntries(auditMeasureNames.map((name) => [name, Number.NaN])) as Record<
  AuditMeasure,
  number
>

/** Sixty images of White men and women in their twenties, the men's lighter, and one Indian woman. */
function makeAudit(datasetId: number, name: string, isMeasured: boolean) {
  const images = Array.from({ length: 61 }, (_, index) => ({
    imageId: index + 1,
    race: index === 60 ? 'Indian' : 'White',
    gender: index % 2 === 0 ? 'Female' : 'Male',
    ageYears: null,
    ageBin: '20-29',
    pixelSha256: String(index),
    skin: isMeasured ? ('measured' as const) : ('unmeasured' as const),
    measures: isMeasured
      ? {
          ...unmeasured,
          brightness: (index % 2) * 0.3 + index / 1000,
          skinLightness: index % 3 === 0 ? 45 : 70,
          skinHue: 60,
          eyesOpen: 90 + (index % 5),
        }
      : unmeasured,
  }))
  return auditDataset({
    datasetId,
    name,
    labelScheme: 'utkface5',
    removed: 3,
    images,
    people: Int32Array.from(images.keys()),
    isKnown: images.map(() => false),
    known: { dataset: 0, inferred: 0, unknown: 61 },
  })
}

function renderAudit(...datasets: readonly ReturnType<typeof makeAudit>[]) {
  const fixtures = createFixtureProcedures()
  return renderWindow({
    path: '/audit',
    procedures: {
      ...fixtures,
      audit: { ...fixtures.audit, read: os.audit.read.handler(() => ({ datasets: [...datasets] })) },
    },
  })
}

describe('the audit of data sets', () => {
  it('sets them side by side, with what is empty in sight', async () => {
    renderAudit(makeAudit(1, 'First', true), makeAudit(2, 'Second', false))
    const table = await screen.findByRole('table', { name: 'Data sets side by side' })
    for (const name of ['First', 'Second'])
      expect(within(table).getByRole('columnheader', { name })).toBeDefined()
    const row = within(table).getByRole('row', { name: /Cells without an image/ })
    expect(row.textContent).toContain('87 of 90, and 1 below 30 images')
    const largest = within(table).getByRole('row', { name: /Largest difference/ })
    expect(largest.textContent).toContain('Brightness by gender')
    expect(largest.textContent).toContain('nothing but the size of pictures is measured before a scan')
    expect(screen.getByText('6 removed images are left out')).toBeDefined()
  })

  it('shows apparent skin colour and face quality beside race, and what is left to measure', async () => {
    renderAudit(makeAudit(1, 'First', true), makeAudit(2, 'Second', false))
    const skin = await screen.findByRole('table', { name: 'Apparent skin colour in First by race' })
    const white = within(skin).getByRole('row', { name: /White/ })
    expect(white.textContent).toContain('66.7%')
    expect(white.textContent).toContain('60 of 60')
    // One image is counted and no share of it is told.
    const indian = within(skin).getByRole('row', { name: /Indian/ })
    expect(indian.textContent).not.toContain('100.0%–')
    expect(screen.getByText(/stands for neither race nor a person/)).toBeDefined()
    expect(screen.getByText(/Nobody known has two pictures/)).toBeDefined()
    const quality = screen.getByRole('table', { name: 'Face quality in First by race' })
    expect(within(quality).getByRole('row', { name: /Eyes open/ }).textContent).toContain('92')
    expect(screen.getByText(/background of 61 images are not measured yet/)).toBeDefined()
    expect(screen.getByRole('button', { name: 'Measure them' })).toBeDefined()
    expect(screen.getByText(/No model was evaluated on a split that it did not learn by/)).toBeDefined()
  })

  it('leads from a cell to its images', async () => {
    const user = userEvent.setup()
    renderAudit(makeAudit(1, 'First', true), makeAudit(2, 'Second', false))
    const cells = await screen.findByRole('table', { name: 'Images of First by race, gender and age' })
    expect(within(cells).getAllByText('none')).toHaveLength(87)
    const cell = within(cells).getByRole('link', { name: '1 images labelled Indian, Female, 20-29' })
    const address = new URL(cell.getAttribute('href') ?? '', 'http://window').searchParams
    expect(address.get('race')).toBe('["Indian"]')
    expect(address.get('datasets')).toBe('[1]')
    await user.selectOptions(screen.getByRole('combobox', { name: 'Data set' }), 'Second')
    expect(
      await screen.findByRole('table', { name: 'Images of Second by race, gender and age' }),
    ).toBeDefined()
  })

  it('asks for a data set where there is none', async () => {
    renderAudit()
    expect(await screen.findByText('There is no data set yet to look at.')).toBeDefined()
  })
})
