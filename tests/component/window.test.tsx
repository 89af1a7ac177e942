import { act, cleanup, configure, screen, waitFor, within } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { createMemoryHistory } from '@tanstack/react-router'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { AppError } from '#shared/contract/errors.ts'
import { importRequest, type ImportRequest } from '#shared/contract/dataset.contract.ts'
import type { ImageFilter } from '#shared/contract/image.contract.ts'
import type { PredictResponse } from '#shared/contract/prediction.contract.ts'
import { ORPCError } from '@orpc/client'
import {
  makeEvaluation,
  makeFacets,
  makeJob,
  makeProject,
  makeTaskEvaluation,
  makeTile,
} from './factories.ts'
import {
  createFixtureHost,
  createFixtureProcedures,
  fixtureImplementer as os,
  renderWindow,
} from './fixture-window.tsx'
import { stubLayout } from './stub-layout.ts'

// A loaded machine is slow, not wrong; and a failure is read better without the whole document.
configure({ asyncUtilTimeout: 20_000, getElementError: (message) => new Error(message ?? 'not found') })

beforeAll(stubLayout)

afterEach(() => {
  cleanup()
  localStorage.clear()
})

describe('Home', () => {
  it('without a project offers to make one, open one or open the sample', async () => {
    const procedures = createFixtureProcedures()
    procedures.project.current = os.project.current.handler(() => null)
    renderWindow({ path: '/', procedures })
    for (const name of [/^New project/, /^Open project/, /^Open sample project/]) {
      expect(await screen.findByRole('button', { name })).toBeDefined()
    }
  })

  it('of a project that is damaged or gone says so, and offers others', async () => {
    const procedures = createFixtureProcedures()
    procedures.project.current = os.project.current.handler(() => {
      throw new ORPCError('PRECONDITION', {
        message: '/faces is no longer the project that was opened.',
        defined: true,
      })
    })
    renderWindow({ path: '/', procedures })
    expect(await screen.findByText(/is no longer the project that was opened/)).toBeDefined()
    expect(await screen.findByRole('button', { name: /^Open project/ })).toBeDefined()
  })

  it('says that the numbers of a synthetic project mean nothing about people', async () => {
    const procedures = createFixtureProcedures()
    procedures.project.current = os.project.current.handler(() => makeProject({ isSynthetic: true }))
    renderWindow({ path: '/', procedures })
    expect(
      await screen.findByText('Synthetic sample: these numbers mean nothing about people.'),
    ).toBeDefined()
  })

  it('names every skipped file with its reason', async () => {
    renderWindow({ path: '/' })
    await userEvent.click(await screen.findByRole('button', { name: /1 skipped files in Portraits/ }))
    const row = await screen.findByRole('row', { name: /broken\.jpg/ })
    expect(within(row).getByText('It is empty.')).toBeDefined()
  })

  it('sends an import with what the form says and nothing else', async () => {
    const received: ImportRequest[] = []
    const procedures = createFixtureProcedures()
    procedures.dataset.import = os.dataset.import.handler(({ input }) => {
      received.push(input)
      return { jobId: makeJob().id }
    })
    renderWindow({ path: '/?dialog=import', procedures })
    const dialog = await screen.findByRole('dialog')
    await userEvent.type(within(dialog).getByRole('textbox', { name: 'Folder with the images' }), '/faces')
    const submit = within(dialog).getByRole<HTMLButtonElement>('button', { name: 'Import' })
    await waitFor(() => expect(submit.disabled).toBe(false))
    await userEvent.click(submit)
    await waitFor(() =>
      expect(received).toEqual([importRequest.parse({ source: '/faces', format: 'utkface' })]),
    )
  })

  it('shows what the engine says when an import is refused', async () => {
    const procedures = createFixtureProcedures()
    procedures.dataset.import = os.dataset.import.handler(() => {
      throw new ORPCError('NOT_FOUND', { message: 'There is no folder /faces.', defined: true })
    })
    renderWindow({ path: '/?dialog=import', procedures })
    const dialog = await screen.findByRole('dialog')
    await userEvent.type(within(dialog).getByRole('textbox', { name: 'Folder with the images' }), '/faces')
    const submit = within(dialog).getByRole<HTMLButtonElement>('button', { name: 'Import' })
    await waitFor(() => expect(submit.disabled).toBe(false))
    await userEvent.click(submit)
    expect((await within(dialog).findByRole('alert')).textContent).toContain('There is no folder /faces.')
  })
})

describe('Catalogue', () => {
  it('counts every facet value and sends the filter that was clicked', async () => {
    const filters: ImageFilter[] = []
    const procedures = createFixtureProcedures()
    procedures.image.facets = os.image.facets.handler(({ input }) => {
      filters.push(input.filter)
      return makeFacets()
    })
    renderWindow({ path: '/catalogue', procedures })
    const black = await screen.findByRole('button', { name: 'Black 1' })
    await userEvent.click(black)
    await waitFor(() => expect(filters.at(-1)).toEqual({ race: ['Black'] }))
    expect(black.getAttribute('aria-pressed')).toBe('true')
  })

  it('opens the image under the cursor with its labels and where they came from', async () => {
    renderWindow({ path: '/catalogue' })
    const grid = await screen.findByRole('listbox', { name: 'Images' })
    grid.focus()
    await userEvent.keyboard('{ArrowRight}{Enter}')
    const drawer = await screen.findByRole('complementary', { name: 'Image 2' })
    expect(await within(drawer).findByText(/^labels\.csv, race/)).toBeDefined()
    await userEvent.keyboard('{Escape}')
    await waitFor(() => expect(screen.queryByRole('complementary')).toBeNull())
  })

  it('says what to do when no image matches', async () => {
    const procedures = createFixtureProcedures()
    procedures.image.facets = os.image.facets.handler(() => makeFacets({ total: 0 }))
    procedures.image.window = os.image.window.handler(() => ({ total: 0, items: [], cells: [] }))
    renderWindow({ path: '/catalogue?text=nobody', procedures })
    expect(await screen.findByText('No image matches all of these filters.')).toBeDefined()
  })
})

describe('Evaluate', () => {
  it('gives a group below 30 images its count and no estimate', async () => {
    renderWindow({ path: '/evaluate?task=race' })
    const table = await screen.findByRole('table', { name: /Accuracy by labelled race/ })
    const row = within(table).getByRole('row', { name: /^Black/ })
    expect(
      within(row)
        .getAllByRole('cell')
        .map((cell) => cell.textContent),
    ).toEqual(['–', '–', '20'])
  })

  it('shows the images behind the cell that was chosen', async () => {
    renderWindow({ path: '/evaluate?task=race' })
    await userEvent.click(
      await screen.findByRole('button', { name: /^30 images labelled White, predicted Indian/ }),
    )
    expect(await screen.findByRole('link', { name: 'Image 7, probability 91.0%' })).toBeDefined()
  })

  it('opens the images of a cell one after another, and Back returns to the cell', async () => {
    const procedures = createFixtureProcedures()
    const answer = { thumb: 't7', years: null, labelledYears: null }
    procedures.evaluation.cell = os.evaluation.cell.handler(() => [
      { imageId: makeTile(7).id, probability: 0.91, ...answer },
      { imageId: makeTile(9).id, probability: 0.8, ...answer },
    ])
    renderWindow({ path: '/evaluate?task=race&labelled=0&predicted=1', procedures })
    await userEvent.click(await screen.findByRole('link', { name: 'Image 7, probability 91.0%' }))
    const name = 'Labelled White, predicted Indian'
    expect(await screen.findByRole('dialog', { name: `${name}: 1 of 2` })).toBeDefined()
    await userEvent.keyboard('{ArrowRight}')
    const second = await screen.findByRole('dialog', { name: `${name}: 2 of 2` })
    expect(within(second).getByText('probability 80.0%')).toBeDefined()
    expect(within(second).getByRole('button', { name: 'Next image' })).toHaveProperty('disabled', true)
    await userEvent.keyboard('{Escape}')
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
    expect(screen.getByRole('region', { name })).toBeDefined()
  })

  it('closes a picture that the address names without leaving its cell', async () => {
    const procedures = createFixtureProcedures()
    const answer = { probability: 0.9, thumb: 't', years: null, labelledYears: null }
    procedures.evaluation.cell = os.evaluation.cell.handler(() =>
      [7, 9].map((id) => ({ imageId: makeTile(id).id, ...answer })),
    )
    const history = createMemoryHistory({
      initialEntries: ['/models', '/evaluate?task=race&labelled=0&predicted=1&image=7'],
    })
    renderWindow({ path: '/evaluate', procedures, history })
    const name = 'Labelled White, predicted Indian'
    await screen.findByRole('dialog', { name: `${name}: 1 of 2` })
    await userEvent.keyboard('{ArrowRight}')
    await screen.findByRole('dialog', { name: `${name}: 2 of 2` })
    await userEvent.keyboard('{Escape}')
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
    expect(screen.getByRole('region', { name })).toBeDefined()
    expect(history.location.href).not.toContain('image')
  })

  it('offers no image behind an empty cell', async () => {
    const procedures = createFixtureProcedures()
    procedures.evaluation.list = os.evaluation.list.handler(() => [
      makeEvaluation({ tasks: { race: makeTaskEvaluation(), gender: null, age: null } }),
    ])
    renderWindow({ path: '/evaluate?task=race', procedures })
    const empty = await screen.findByRole('button', { name: /^0 images labelled Black, predicted White/ })
    expect(empty.hasAttribute('disabled')).toBe(true)
  })
})

describe('Predict', () => {
  const response: PredictResponse = {
    model: { id: '1', name: 'Run 1', sha256: 'f'.repeat(64) },
    predictions: [
      {
        file: 'face.jpg',
        faces: [
          {
            box: { x: 0, y: 0, width: 10, height: 10 },
            race: { label: 'Indian', probabilities: { White: 0.25, Indian: 0.75 } },
            gender: null,
            age: null,
          },
        ],
      },
    ],
    milliseconds: { decode: 2, inference: 5 },
  }
  const image = new File(['bytes'], 'face.jpg', { type: 'image/jpeg' })

  it('shows the probabilities of a chosen image', async () => {
    renderWindow({ path: '/predict', host: createFixtureHost({ predict: () => Promise.resolve(response) }) })
    await userEvent.upload(await screen.findByLabelText('Image file'), image)
    const race = await screen.findByRole('region', { name: 'Race' })
    expect(
      within(race)
        .getAllByRole('listitem')
        .map((item) => item.textContent),
    ).toEqual(['Indian75.0%', 'White25.0%'])
  })

  it('says above the answer why it is not to be believed', async () => {
    const [prediction] = response.predictions
    if (prediction === undefined) throw new Error('no prediction')
    const doubtful = { ...response, predictions: [{ ...prediction, warning: 'The picture shows nothing.' }] }
    renderWindow({ path: '/predict', host: createFixtureHost({ predict: () => Promise.resolve(doubtful) }) })
    await userEvent.upload(await screen.findByLabelText('Image file'), image)
    expect((await screen.findByRole('alert')).textContent).toContain('The picture shows nothing.')
    expect(screen.getByRole('region', { name: 'Race' })).toBeDefined()
  })

  it('says what is wrong with a file that is no image', async () => {
    const refuse = () => Promise.reject(new AppError('INVALID_INPUT', 'face.jpg is not an image.'))
    renderWindow({ path: '/predict', host: createFixtureHost({ predict: refuse }) })
    await userEvent.upload(await screen.findByLabelText('Image file'), image)
    expect((await screen.findByRole('alert')).textContent).toContain('face.jpg is not an image.')
  })

  it('takes several files and a folder one after another, says what failed, and shows any of them', async () => {
    const asked: string[] = []
    const predict = (_image: Blob, name: string) => {
      asked.push(name)
      return name === 'b.png'
        ? Promise.reject(new AppError('INVALID_INPUT', 'b.png is cut off.'))
        : Promise.resolve(response)
    }
    renderWindow({ path: '/predict', host: createFixtureHost({ predict }) })
    const files = [
      image,
      new File(['bytes'], 'b.png', { type: 'image/png' }),
      new File(['words'], 'notes.txt', { type: 'text/plain' }),
    ]
    await userEvent.upload(await screen.findByLabelText('Folder of images'), files)
    const table = await screen.findByRole('region', { name: 'Predicted files' })
    expect(await screen.findByText('2 of 2 pictures, 1 failed')).toBeDefined()
    expect(asked).toEqual(['face.jpg', 'b.png'])
    expect(screen.getByText('1 file not named as pictures left out.')).toBeDefined()
    const rows = within(table).getAllByRole('row').slice(1)
    expect(rows.map((row) => row.textContent)).toEqual([
      'face.jpgIndian 75.0%––',
      'b.png–––b.png is cut off.',
    ])
    expect(screen.getByRole('region', { name: 'Race' })).toBeDefined()
    const saved: Blob[] = []
    const creating = vi.spyOn(URL, 'createObjectURL').mockImplementation((blob) => {
      if (blob instanceof Blob) saved.push(blob)
      return 'blob:saved'
    })
    await userEvent.click(screen.getByRole('button', { name: 'Save as CSV' }))
    creating.mockRestore()
    const [header = '', ...lines] = ((await saved[0]?.text()) ?? '').trim().split('\r\n')
    expect(header).toMatch(/^file,/)
    expect(lines).toHaveLength(2)
    expect(lines[0]).toMatch(/^face\.jpg,.*Indian/)
    expect(lines[1]).toMatch(/^b\.png,.*b\.png is cut off\./)
    await userEvent.click(within(table).getByRole('button', { name: 'b.png' }))
    expect(await screen.findByText('Drop, paste or choose another image.')).toBeDefined()
  })

  it('says why a pasted address is not opened', async () => {
    renderWindow({ path: '/predict', host: createFixtureHost() })
    await screen.findByLabelText('Image file')
    const data = new DataTransfer()
    data.setData('text/plain', 'https://example.org/face.jpg')
    act(() => {
      document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data }))
    })
    expect((await screen.findByRole('alert')).textContent).toContain('Evenhand opens no address')
  })
})

describe('the frame', () => {
  it('shows a job as it goes on and lets it be cancelled', async () => {
    const cancelled: unknown[] = []
    const procedures = createFixtureProcedures()
    procedures.job.cancel = os.job.cancel.handler(({ input }) => {
      cancelled.push(input.jobId)
      return makeJob({ state: 'cancelled' })
    })
    const line = renderWindow({ path: '/settings', procedures })
    await screen.findByText('Import Portraits: done')
    act(() => line.emit({ type: 'jobChanged', job: makeJob() }))
    expect(await screen.findByText('Reading · 41,202 / 108,501 · 310/s · 3 min 37 s left')).toBeDefined()
    await userEvent.click(screen.getByRole('button', { name: 'Cancel Import Portraits' }))
    // It has been at work since the day of the fixtures.
    await userEvent.click(await screen.findByRole('button', { name: 'Stop it' }))
    await waitFor(() => expect(cancelled).toEqual([1]))
  })

  it('says when the connection is lost, and takes it back when it returns', async () => {
    const line = renderWindow({ path: '/settings' })
    await screen.findByRole('heading', { level: 1, name: 'Settings' })
    act(() => line.setState('lost'))
    expect(screen.getByText(/The connection to the engine is lost/)).toBeDefined()
    act(() => line.setState('open'))
    expect(screen.queryByText(/The connection to the engine is lost/)).toBeNull()
    act(() => line.setState('refused'))
    expect(screen.getByText(/This browser is signed out/)).toBeDefined()
    expect(screen.getByRole('button', { name: 'Sign in again' })).toBeDefined()
  })

  it('asks the engine again for what a change made stale', async () => {
    let calls = 0
    const procedures = createFixtureProcedures()
    procedures.split.list = os.split.list.handler(() => {
      calls++
      return []
    })
    const line = renderWindow({ path: '/splits', procedures })
    await screen.findByText(/No split yet/)
    const before = calls
    act(() => line.emit({ type: 'catalogueChanged', topics: ['splits'] }))
    await waitFor(() => expect(calls).toBe(before + 1))
  })
})
