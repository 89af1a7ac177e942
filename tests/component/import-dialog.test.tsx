import {
  act,
  cleanup,
  configure,
  createEvent,
  fireEvent,
  screen,
  waitFor,
  within,
} from '@testing-library/react'
import { ORPCError } from '@orpc/client'
import { userEvent } from '@testing-library/user-event'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { CsvColumns, ImportPreviewRequest, ImportRequest } from '#shared/contract/dataset.contract.ts'
import { makeImportPreview, makeJob } from './factories.ts'
import {
  createFixtureHost,
  createFixtureProcedures,
  fixtureImplementer as os,
  renderWindow,
} from './fixture-window.tsx'
import { stubLayout } from './stub-layout.ts'

configure({ asyncUtilTimeout: 20_000, getElementError: (message) => new Error(message ?? 'not found') })

beforeAll(stubLayout)
beforeEach(() => localStorage.clear())
afterEach(cleanup)

const columns = ['picture', 'years', 'sex']

/** A folder with one table, whose columns are read by what is asked for, else by their usual names. */
function createImportProcedures() {
  const previewed: ImportPreviewRequest[] = []
  const started: ImportRequest[] = []
  const procedures = createFixtureProcedures()
  procedures.dataset.preview = os.dataset.preview.handler(({ input }) => {
    previewed.push(input)
    const read: Partial<CsvColumns> = input.columns ?? { gender: 'sex' }
    return makeImportPreview({
      format: input.format ?? 'csv',
      toldBy: input.format === undefined ? 'the one table in the folder, labels.csv' : null,
      tables: [{ file: 'labels.csv', columns, read }],
      refusal: read.file === undefined ? 'labels.csv has no column "file".' : null,
    })
  })
  procedures.dataset.import = os.dataset.import.handler(({ input }) => {
    started.push(input)
    return { jobId: makeJob().id }
  })
  return { procedures, previewed, started }
}

/** A drop of folders or files as the window hears of it. */
function drop(entries: readonly { name: string; isDirectory: boolean }[]) {
  const event = createEvent.drop(window)
  const dataTransfer = {
    types: ['Files'],
    files: entries.map(({ name }) => new File([], name)),
    items: entries.map((entry) => ({ webkitGetAsEntry: () => entry })),
  }
  Object.defineProperty(event, 'dataTransfer', { value: dataTransfer })
  act(() => void fireEvent(window, event))
  return event
}

describe('the dialog that imports', () => {
  it('shows what would be read, and follows when a column is chosen from the headers', async () => {
    const { procedures, previewed, started } = createImportProcedures()
    renderWindow({ path: '/?dialog=import', procedures })
    const dialog = within(await screen.findByRole('dialog'))
    await userEvent.type(dialog.getByRole('textbox', { name: 'Folder with the images' }), '/faces')
    const samples = await dialog.findByRole('list', { name: /^Some of the pictures/ })
    expect(within(samples).getByText('Black · Female · 26')).toBeDefined()
    expect(dialog.getByText(/Left out: 1 other file: 1 .txt. Not readable: 33.3%/)).toBeDefined()
    expect(dialog.getByLabelText<HTMLSelectElement>('Format').value).toBe('csv')
    const submit = dialog.getByRole<HTMLButtonElement>('button', { name: 'Import' })
    expect(submit.disabled).toBe(true)

    const file = dialog.getByLabelText<HTMLSelectElement>('File')
    expect([...file.options].map(({ text }) => text)).toEqual(['Choose', ...columns])
    await userEvent.selectOptions(file, 'picture')
    await userEvent.selectOptions(dialog.getByLabelText('Age'), 'years')
    await waitFor(() => expect(submit.disabled).toBe(false))
    const chosen = { file: 'picture', gender: 'sex', age: 'years' }
    expect(previewed.at(-1)).toEqual({ source: '/faces', format: 'csv', columns: chosen })
    await userEvent.click(submit)
    await waitFor(() =>
      expect(started).toEqual([
        { source: '/faces', format: 'csv', labels: ['labels.csv'], columns: chosen, copy: false },
      ]),
    )
  })

  it('forgets what was chosen for one folder when another is named', async () => {
    const { procedures, previewed } = createImportProcedures()
    renderWindow({ path: '/?dialog=import', procedures })
    const dialog = within(await screen.findByRole('dialog'))
    const source = dialog.getByRole('textbox', { name: 'Folder with the images' })
    await userEvent.type(source, '/faces')
    await userEvent.selectOptions(await dialog.findByLabelText('Format'), 'folder')
    await waitFor(() => expect(previewed.at(-1)).toEqual({ source: '/faces', format: 'folder' }))
    await userEvent.type(source, '2')
    await waitFor(() => expect(previewed.at(-1)).toEqual({ source: '/faces2' }))
  })
})

describe('a folder dropped on the window', () => {
  it('is previewed where the host tells its path, on whichever screen it was dropped', async () => {
    const { procedures, previewed } = createImportProcedures()
    const host = createFixtureHost({ kind: 'electron', pathOfFile: ({ name }) => `/home/ann/${name}` })
    renderWindow({ path: '/catalogue', procedures, host })
    await screen.findByRole('listbox', { name: 'Images' })
    expect(drop([{ name: 'faces', isDirectory: true }]).defaultPrevented).toBe(true)
    const dialog = within(await screen.findByRole('dialog'))
    expect(dialog.getByLabelText<HTMLInputElement>('Folder with the images').value).toBe('/home/ann/faces')
    await waitFor(() => expect(previewed).toEqual([{ source: '/home/ann/faces' }]))
  })

  it('is asked for by its name in a browser, which tells no path', async () => {
    const { procedures, previewed } = createImportProcedures()
    renderWindow({ path: '/', procedures })
    await screen.findByRole('button', { name: 'Close project' })
    drop([{ name: 'faces', isDirectory: true }])
    const dialog = within(await screen.findByRole('dialog', { name: 'Import images' }))
    expect(dialog.getByText(/does not tell where the folder "faces" lies/)).toBeDefined()
    await userEvent.click(dialog.getByRole('button', { name: /^Browse/ }))
    const folders = within(await screen.findByRole('dialog', { name: 'Folder with the images' }))
    expect(folders.getByLabelText<HTMLInputElement>('Name of the folder in here').value).toBe('faces')
    await folders.findByText('/home')
    await userEvent.click(folders.getByRole('button', { name: 'Choose this folder' }))
    await waitFor(() => expect(previewed.at(-1)).toEqual({ source: '/home/faces' }))
  })

  it('is no import where no project is open, or where it is a file', async () => {
    const { procedures } = createImportProcedures()
    procedures.project.current = os.project.current.handler(() => null)
    renderWindow({ path: '/', procedures })
    await screen.findByRole('button', { name: /^Open project/ })
    drop([{ name: 'faces', isDirectory: true }])
    expect(await screen.findByText(/Open or make a project first/)).toBeDefined()
    drop([{ name: 'face.jpg', isDirectory: false }])
    expect(await screen.findByText(/Drop a folder of images/)).toBeDefined()
    expect(screen.queryByRole('dialog')).toBeNull()
  })
})

describe('an import', () => {
  it('is taken back after a question, and a refusal says what stands on it', async () => {
    const asked: number[] = []
    const procedures = createFixtureProcedures()
    procedures.dataset.undoImport = os.dataset.undoImport.handler(({ input }) => {
      asked.push(input.jobId)
      if (asked.length === 1) return { jobId: makeJob().id }
      throw new ORPCError('CONFLICT', { message: 'Its images are part of split 1.', defined: true })
    })
    renderWindow({ path: '/', procedures })
    for (const count of [1, 2]) {
      await userEvent.click(
        await screen.findByRole('button', { name: 'Undo import, the newest of Portraits' }),
      )
      const dialog = within(await screen.findByRole('dialog', { name: 'Take back the import of Portraits?' }))
      expect(dialog.getByText(/^3 images, brought on/)).toBeDefined()
      await userEvent.click(dialog.getByRole('button', { name: 'Take it back' }))
      await waitFor(() => expect(asked).toHaveLength(count))
    }
    expect(await screen.findByText('Its images are part of split 1.')).toBeDefined()
  })
})
