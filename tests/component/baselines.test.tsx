import { cleanup, configure, screen, waitFor, within } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { afterEach, beforeAll, expect, it } from 'vitest'
import {
  baselineId,
  type BaselineImport,
  type BaselineReport,
  type BaselineRun,
} from '#shared/contract/baseline.contract.ts'
import { makeJob } from './factories.ts'
import { createFixtureProcedures, fixtureImplementer as os, renderWindow } from './fixture-window.tsx'
import { stubLayout } from './stub-layout.ts'

configure({ asyncUtilTimeout: 20_000, getElementError: (message) => new Error(message ?? 'not found') })

beforeAll(stubLayout)
afterEach(cleanup)

/** One word stands for nothing until a rule says what it stands for. */
function makeReport({ map, isDryRun, kind }: BaselineImport): BaselineReport {
  const rule = map.find(({ from }) => from === 'Asian')
  const line = { task: 'race', scheme: 'fairface7', from: 'Asian', to: rule?.to ?? null, images: 12 } as const
  return {
    baselineId: isDryRun ? null : baselineId.parse(4),
    kind,
    name: 'theirs',
    rows: 103,
    matched: 100,
    matchedBy: { hash: 0, path: 99, name: 1 },
    duplicates: 2,
    undetected: 7,
    notAsked: 1,
    severalFaces: 0,
    unreadAges: 0,
    mapping: [line],
    unmapped: line.to === null ? [line] : [],
    unmatched: ['elsewhere.jpg'],
    unmatchedCount: 1,
    problems: [{ at: 'line 9', message: 'It names no image.' }],
    problemCount: 1,
    brokenText: 0,
  }
}

function createBaselineProcedures() {
  const imports: BaselineImport[] = []
  const runs: BaselineRun[] = []
  const procedures = createFixtureProcedures()
  Object.assign(procedures.baseline, {
    import: os.baseline.import.handler(({ input }) => {
      imports.push(input)
      return makeReport(input)
    }),
    run: os.baseline.run.handler(({ input }) => {
      runs.push(input)
      return { jobId: makeJob().id }
    }),
  })
  return { procedures, imports, runs }
}

it('stored answers are seen with what is unknown, doubled and unmapped before any is taken in', async () => {
  const { procedures, imports } = createBaselineProcedures()
  renderWindow({ path: '/fairness', procedures })
  await userEvent.click(await screen.findByRole('button', { name: 'Take in answers…' }))
  const dialog = within(await screen.findByRole('dialog'))
  const take = dialog.getByRole<HTMLButtonElement>('button', { name: 'Take in' })
  expect(take.disabled).toBe(true)
  await userEvent.type(dialog.getByLabelText('File or folder with the answers'), '/answers.csv')
  await userEvent.type(dialog.getByLabelText('Race'), 'ethnicity')
  const preview = within(await dialog.findByRole('region', { name: 'What would be taken in' }))
  expect(preview.getByText('1 answer about no image of the catalogue')).toBeDefined()
  expect(preview.getByText('elsewhere.jpg')).toBeDefined()
  expect(preview.getByText('line 9: It names no image.')).toBeDefined()
  expect(imports.every(({ isDryRun }) => isDryRun)).toBe(true)

  const stands = preview.getByLabelText<HTMLSelectElement>('What Asian stands for')
  expect(stands.selectedOptions[0]?.textContent).toBe('None: counts as wrong')
  await userEvent.selectOptions(stands, 'East Asian')
  await waitFor(() =>
    expect(imports.at(-1)?.map).toEqual([{ task: 'race', from: 'Asian', to: 'East Asian' }]),
  )
  await waitFor(() => expect(take.disabled).toBe(false))
  await userEvent.click(take)
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  expect(imports.at(-1)).toEqual({
    path: '/answers.csv',
    kind: 'csv',
    columns: { race: 'ethnicity' },
    map: [{ task: 'race', from: 'Asian', to: 'East Asian' }],
    replace: [],
    imageName: '{}',
    isDryRun: false,
  })
})

it('a network is asked once the folder of its weights is named', async () => {
  const { procedures, runs } = createBaselineProcedures()
  renderWindow({ path: '/fairness', procedures })
  await userEvent.click(await screen.findByRole('button', { name: 'Ask a network…' }))
  const dialog = within(await screen.findByRole('dialog'))
  const ask = dialog.getByRole<HTMLButtonElement>('button', { name: 'Ask' })
  expect(ask.disabled).toBe(false)
  await userEvent.selectOptions(dialog.getByLabelText('Network'), 'gear')
  expect(ask.disabled).toBe(true)
  await userEvent.type(dialog.getByRole('textbox', { name: 'Folder “models” of the package' }), '/models')
  await userEvent.click(ask)
  await waitFor(() => expect(runs).toEqual([{ network: 'gear', weights: '/models' }]))
})
