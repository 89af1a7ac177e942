import { act, cleanup, configure, screen, waitFor, within } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { runId, splitId } from '#shared/contract/base.contract.ts'
import type { CurveImport } from '#shared/contract/curves.contract.ts'
import type { SplitSummary } from '#shared/contract/split.contract.ts'
import type { SweepRequest } from '#shared/contract/sweep.contract.ts'
import { trainConfig, type TrainConfig } from '#shared/contract/train-config.contract.ts'
import { fillFromPreset, trainPresets } from '#shared/derived/train-presets.ts'
import {
  makeEpoch,
  makeImportedCurves,
  makeJob,
  makeRun,
  makeRunDetail,
  makeRunEstimate,
  makeSplit,
  makeSweep,
} from './factories.ts'
import {
  createFixtureProcedures,
  fixtureImplementer as os,
  pickCompared,
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

const findForm = () => screen.findByRole('form', { name: 'New training run' })

async function openGroup(form: HTMLElement, title: string): Promise<void> {
  await userEvent.click(within(form).getByText(title))
}

/** A project with a split and no run yet; what is started is kept. */
function renderFirstRun() {
  const started: TrainConfig[] = []
  const procedures = createFixtureProcedures()
  procedures.run.list = os.run.list.handler(() => [])
  procedures.run.start = os.run.start.handler(({ input }) => {
    started.push(input)
    return { runId: makeRun().id, jobId: makeJob().id }
  })
  renderWindow({ path: '/train', procedures })
  return { started, procedures }
}

describe('the form of a run', () => {
  it('starts what a preset says, on the newest split', async () => {
    const { started } = renderFirstRun()
    const form = await findForm()
    const preset = trainPresets.find(({ id }) => id === 'utkface-study')
    await userEvent.selectOptions(within(form).getByRole('combobox', { name: 'Start from' }), 'utkface-study')
    await userEvent.click(within(form).getByRole('button', { name: 'Start training' }))
    await waitFor(() =>
      expect(started).toEqual([
        trainConfig.parse({ ...fillFromPreset(preset ?? trainPresets[0]!), splitId: 1 }),
      ]),
    )
  })

  it('marks a changed field, counts it and puts it back', async () => {
    renderFirstRun()
    const form = await findForm()
    const size = within(form).getByRole('textbox', { name: 'Input size' })
    await userEvent.clear(size)
    await userEvent.type(size, '96')
    expect(await within(form).findByText('1 field changed.')).toBeDefined()
    await userEvent.click(within(form).getByRole('button', { name: 'Reset Input size to 64' }))
    expect((size as HTMLInputElement).value).toBe('64')
    expect(within(form).queryByText('1 field changed.')).toBeNull()
  })

  it('says beside the field what is wrong and does not start', async () => {
    renderFirstRun()
    const form = await findForm()
    const size = within(form).getByRole('textbox', { name: 'Input size' })
    await userEvent.clear(size)
    await userEvent.type(size, '50')
    await waitFor(() => expect(size.getAttribute('aria-invalid')).toBe('true'))
    expect(within(form).getAllByText('A multiple of 32.').length).toBeGreaterThan(0)
    expect(within(form).getByRole('button', { name: 'Start training' })).toHaveProperty('disabled', true)
  })

  it('shows the fields of a choice only with that choice', async () => {
    const { started } = renderFirstRun()
    const form = await findForm()
    expect(within(form).queryByRole('combobox', { name: 'Age read-out' })).toBeNull()
    await userEvent.selectOptions(within(form).getByRole('combobox', { name: 'Age as' }), 'years')
    expect(within(form).queryByRole('combobox', { name: 'Labels of age bins' })).toBeNull()
    await openGroup(form, 'Losses')
    await userEvent.selectOptions(within(form).getByRole('combobox', { name: 'Age loss' }), 'huber')
    const delta = within(form).getByRole('textbox', { name: 'Huber delta (years)' })
    await userEvent.clear(delta)
    await userEvent.type(delta, '3')
    await userEvent.click(within(form).getByRole('button', { name: 'Start training' }))
    await waitFor(() =>
      expect(started[0]?.age).toEqual({ target: 'years', readOut: 'years', loss: 'huber', huberDelta: 3 }),
    )
  })

  it('takes limits, classes drawn more often and a weights file', async () => {
    const { started } = renderFirstRun()
    const form = await findForm()
    await userEvent.selectOptions(within(form).getByRole('combobox', { name: 'Start weights' }), 'file')
    await userEvent.type(within(form).getByRole('textbox', { name: 'Weights file' }), '/w/face.pth')
    await openGroup(form, 'Sampling and augmentation')
    await userEvent.click(within(form).getByRole('button', { name: 'Add a class' }))
    await userEvent.selectOptions(within(form).getByRole('combobox', { name: 'Label of class 1' }), 'Indian')
    await openGroup(form, 'Limits and checkpoints')
    const stopping = within(form).getByRole('checkbox', { name: 'Early stopping (epochs)' })
    expect(stopping).toHaveProperty('checked', false)
    await userEvent.click(stopping)
    await userEvent.click(within(form).getByRole('button', { name: 'Start training' }))
    await waitFor(() =>
      expect(started[0]).toMatchObject({
        init: '/w/face.pth',
        patience: 5,
        oversampling: [{ task: 'race', label: 'Indian', factor: 2 }],
      }),
    )
  })

  it('tells time, memory, disk and what the data lacks before it starts', async () => {
    const procedures = createFixtureProcedures()
    procedures.run.estimate = os.run.estimate.handler(() =>
      makeRunEstimate({ notes: ['No image of the training part is labelled Indian.'] }),
    )
    renderWindow({ path: '/train?form=true', procedures })
    const estimate = await screen.findByRole('region', { name: 'Estimate' })
    expect(within(estimate).getByText('About 24 min · 1.4 GB memory · 230.0 MB disk')).toBeDefined()
    expect(within(estimate).getByText('No image of the training part is labelled Indian.')).toBeDefined()
  })

  it('tells what a probe and the best training so far gave on the split, or that there is none', async () => {
    const look = { name: 'Probe', validation: makeEpoch(3).validation }
    const quickLooks = [
      {
        probe: { ...look, runId: runId.parse(4), seconds: 20 },
        ofFaces: { ...look, runId: runId.parse(5), seconds: 300 },
        fromRandom: { ...look, runId: runId.parse(2), seconds: 1860 },
      },
      { probe: null, ofFaces: null, fromRandom: null },
    ]
    const procedures = createFixtureProcedures()
    procedures.run.estimate = os.run.estimate.handler(() =>
      makeRunEstimate({ quickLook: quickLooks.shift() ?? { probe: null, ofFaces: null, fromRandom: null } }),
    )
    renderWindow({ path: '/train?form=true', procedures })
    const told = await screen.findByRole('list', { name: 'Quick look' })
    expect(told.textContent).toMatch(/A probe on this split gives.*race 53.0%.*in 20 s \(run 4\)/)
    expect(told.textContent).toMatch(/best face ResNet on this split.*in 5 min \(run 5\)/)
    expect(told.textContent).toMatch(/best training from random weights.*in 31 min \(run 2\)/)
    await userEvent.selectOptions(
      within(await findForm()).getByRole('combobox', { name: /Start from/ }),
      'probe',
    )
    // What a probe does not follow is not asked for.
    expect(within(await findForm()).queryByText('Optimiser')).toBeNull()
    await waitFor(() =>
      expect(told.textContent).toMatch(
        /No probe has been trained on this split yet.*FairFace, a probe in seconds race 55 %/,
      ),
    )
  })

  it('takes the settings of a run and its own split on request, whatever stands in it', async () => {
    const procedures = createFixtureProcedures()
    procedures.split.list = os.split.list.handler(() => [
      makeSplit({ splitId: splitId.parse(2), name: 'Split 2' }),
      makeSplit(),
    ])
    procedures.run.get = os.run.get.handler(() =>
      makeRunDetail({ config: trainConfig.parse({ splitId: 1, epochs: 7, inputSize: 96 }) }),
    )
    renderWindow({ path: '/train?form=true', procedures })
    const size = within(await findForm()).getByRole('textbox', { name: 'Input size' })
    await userEvent.clear(size)
    await userEvent.click(await screen.findByRole('button', { name: 'More about this run' }))
    await userEvent.click(await screen.findByText('Use its settings in the form'))
    const filled = await screen.findByRole('textbox', { name: 'Input size' })
    await waitFor(() => expect(filled).toHaveProperty('value', '96'))
    const split = screen.getByRole<HTMLSelectElement>('combobox', { name: 'Split' })
    expect(split.selectedOptions[0]?.textContent).toBe('Split 1')
  })

  it('stands in a drawer that keeps what was typed, and is open where there is no run yet', async () => {
    renderWindow({ path: '/train' })
    await screen.findByRole('button', { name: 'More about this run' })
    expect(screen.queryByRole('form', { name: 'New training run' })).toBeNull()
    await userEvent.click(screen.getByRole('button', { name: 'New run' }))
    const name = within(await findForm()).getByRole('textbox', { name: 'Name (optional)' })
    await userEvent.type(name, 'Pilot')
    await userEvent.keyboard('{Escape}')
    await waitFor(() => expect(screen.queryByRole('form', { name: 'New training run' })).toBeNull())
    await userEvent.click(screen.getByRole('button', { name: 'New run' }))
    expect(within(await findForm()).getByRole('textbox', { name: 'Name (optional)' })).toHaveProperty(
      'value',
      'Pilot',
    )
    cleanup()
    renderFirstRun()
    expect(await findForm()).toBeDefined()
  })
})

describe('the registry of runs', () => {
  function renderRuns() {
    const procedures = createFixtureProcedures()
    procedures.run.list = os.run.list.handler(() => [
      makeRun({ tags: ['pilot'] }),
      makeRun({
        id: runId.parse(2),
        name: 'Run 2',
        config: trainConfig.parse({ splitId: 1, epochs: 2, seed: 7 }),
      }),
      makeRun({ id: runId.parse(3), name: 'Run 3', archived: true }),
    ])
    return procedures
  }

  it('has a column for a setting only where it differs, and hides the archive', async () => {
    renderWindow({ path: '/train', procedures: renderRuns() })
    const table = await screen.findByRole('table')
    const heads = within(table).getAllByRole('columnheader')
    expect(heads.map((head) => head.textContent)).toEqual([
      'Compare',
      'Run',
      'State',
      'Race (%)',
      'Gender (%)',
      'Age (%)',
      'Seed',
      'Images/s',
      'Made',
    ])
    expect(within(table).queryByText('Run 3')).toBeNull()
    await userEvent.click(screen.getByRole('checkbox', { name: 'Show archived (1)' }))
    expect(await within(table).findByText('Run 3')).toBeDefined()
  })

  it('frees the disk of archived runs after saying what goes and what stays', async () => {
    const freed: unknown[] = []
    const procedures = renderRuns()
    procedures.run.disk = os.run.disk.handler(() => [
      { runId: runId.parse(3), name: 'Run 3', modelId: null, files: 3, bytes: 134_000_000 },
      { runId: runId.parse(4), name: 'Run 4', modelId: makeRun().modelId, files: 1, bytes: 44_700_000 },
    ])
    procedures.run.freeDisk = os.run.freeDisk.handler(({ input }) => {
      freed.push(input)
      return { runs: 1, files: 3, bytes: 134_000_000 }
    })
    renderWindow({ path: '/train', procedures })
    await userEvent.click(await screen.findByRole('checkbox', { name: 'Show archived (1)' }))
    await userEvent.click(await screen.findByRole('button', { name: 'Free 178.7 MB of archived runs…' }))
    const dialog = await screen.findByRole('dialog', { name: 'Free disk of archived runs' })
    expect(dialog.textContent).toContain('can then no longer go on')
    await userEvent.click(within(dialog).getByRole('checkbox', { name: /^Run 4/ }))
    await userEvent.click(within(dialog).getByRole('button', { name: 'Delete 3 checkpoints, 134.0 MB' }))
    await waitFor(() => expect(freed).toEqual([{ runIds: [3] }]))
  })

  it('finds runs by their tags', async () => {
    renderWindow({ path: '/train', procedures: renderRuns() })
    await userEvent.type(await screen.findByRole('textbox', { name: 'Search runs' }), 'pilot')
    await waitFor(() => expect(screen.queryByRole('checkbox', { name: 'Compare Run 2' })).toBeNull())
    expect(screen.getByRole('checkbox', { name: 'Compare Run 1' })).toBeDefined()
  })

  it('compares chosen runs and warns where they were measured on other images', async () => {
    const procedures = renderRuns()
    const warning = 'Run 2 was measured on other images: its results cannot be compared.'
    procedures.run.compare = os.run.compare.handler(({ input }) => ({
      runs: input.runIds.map((id) => pickCompared(makeRun({ id, name: `Run ${id}` }))),
      fields: [{ path: 'seed', title: 'Seed', values: ['1', '7'] }],
      isSameValidation: false,
      warnings: [warning],
      curves: [],
    }))
    renderWindow({ path: '/train', procedures })
    await userEvent.click(await screen.findByRole('checkbox', { name: 'Compare Run 1' }))
    expect(await screen.findByText(/Choose another run to compare/)).toBeDefined()
    await userEvent.click(screen.getByRole('checkbox', { name: 'Compare Run 2' }))
    expect(await screen.findByText(warning)).toBeDefined()
    const table = screen.getByRole('region', { name: 'Compared runs' })
    expect(within(table).getByRole('row', { name: 'Seed 1 7' })).toBeDefined()
    await userEvent.click(screen.getByRole('button', { name: 'Close the comparison' }))
    expect(await screen.findByRole('button', { name: 'More about this run' })).toBeDefined()
  })

  it('writes name, tags and notes of a run', async () => {
    const written: unknown[] = []
    const procedures = renderRuns()
    procedures.run.setTags = os.run.setTags.handler(({ input }) => {
      written.push(input)
      return makeRun()
    })
    procedures.run.setNotes = os.run.setNotes.handler(({ input }) => {
      written.push(input)
      return makeRun()
    })
    renderWindow({ path: '/train?run=1', procedures })
    await userEvent.click(await screen.findByText('Name, tags and notes'))
    const form = screen.getByRole('form', { name: 'Name, tags and notes' })
    await userEvent.type(within(form).getByRole('textbox', { name: 'Tags' }), 'pilot, race')
    await userEvent.type(within(form).getByRole('textbox', { name: 'Notes' }), 'Steady.')
    await userEvent.click(within(form).getByRole('button', { name: 'Save' }))
    await waitFor(() =>
      expect(written).toEqual([
        { runId: 1, tags: ['pilot', 'race'] },
        { runId: 1, notes: 'Steady.' },
      ]),
    )
  })
})

describe('a run', () => {
  it('can be paused and stopped while it trains', async () => {
    const asked: string[] = []
    const procedures = createFixtureProcedures()
    procedures.run.get = os.run.get.handler(() => makeRunDetail({ state: 'running', modelId: null }))
    procedures.run.pause = os.run.pause.handler(() => {
      asked.push('pause')
      return makeRun()
    })
    procedures.run.stop = os.run.stop.handler(() => {
      asked.push('stop')
      return makeRun()
    })
    renderWindow({ path: '/train', procedures })
    await userEvent.click(await screen.findByRole('button', { name: 'Pause' }))
    await userEvent.click(screen.getByRole('button', { name: 'Stop' }))
    await waitFor(() => expect(asked).toEqual(['pause', 'stop']))
  })

  it('that failed says why, goes on, or gives its best epoch', async () => {
    const procedures = createFixtureProcedures()
    procedures.run.get = os.run.get.handler(() =>
      makeRunDetail({ state: 'failed', modelId: null, error: 'The loss is no number from step 40 on.' }),
    )
    renderWindow({ path: '/train', procedures })
    expect(await screen.findByText(/The loss is no number from step 40 on\./)).toBeDefined()
    expect(screen.getByRole('button', { name: 'Resume' })).toBeDefined()
    expect(screen.getByRole('button', { name: 'Keep epoch 2 as the model' })).toBeDefined()
  })

  it('that finished names the next steps', async () => {
    renderWindow({ path: '/train' })
    const next = await screen.findByRole('navigation', { name: 'Next steps' })
    expect(
      within(next)
        .getAllByRole('link')
        .map((link) => link.textContent),
    ).toEqual(['Evaluate', 'Export'])
  })

  it('that waits can be moved in the queue', async () => {
    const moves: unknown[] = []
    const waiting = [runId.parse(1), runId.parse(2)]
    const procedures = createFixtureProcedures()
    procedures.run.list = os.run.list.handler(() => [
      makeRun(),
      makeRun({ id: runId.parse(2), name: 'Run 2' }),
    ])
    procedures.run.queue = os.run.queue.handler(() => ({ running: null, waiting, leftOver: [] }))
    procedures.run.moveInQueue = os.run.moveInQueue.handler(({ input }) => {
      moves.push(input)
      return { running: null, waiting, leftOver: [] }
    })
    renderWindow({ path: '/train', procedures })
    await userEvent.click(await screen.findByRole('button', { name: 'Move Run 2 up' }))
    await waitFor(() => expect(moves).toEqual([{ runId: 2, position: 1 }]))
    expect(screen.getByRole('button', { name: 'Move Run 1 up' })).toHaveProperty('disabled', true)
  })
})

describe('an event of a run that goes on', () => {
  it('refreshes the runs and leaves the estimate alone, which costs the engine time', async () => {
    const calls = { list: 0, estimate: 0 }
    const procedures = createFixtureProcedures()
    procedures.run.list = os.run.list.handler(() => {
      calls.list++
      return [makeRun()]
    })
    procedures.run.estimate = os.run.estimate.handler(() => {
      calls.estimate++
      return makeRunEstimate()
    })
    const line = renderWindow({ path: '/train?form=true', procedures })
    await screen.findByRole('region', { name: 'Estimate' })
    const before = { ...calls }
    act(() => line.emit({ type: 'catalogueChanged', topics: ['runs'] }))
    await waitFor(() => expect(calls.list).toBeGreaterThan(before.list))
    expect(calls.estimate).toBe(before.estimate)
  })
})

describe('sweeps', () => {
  it('start from the form with the fields that vary', async () => {
    const started: SweepRequest[] = []
    const procedures = createFixtureProcedures()
    procedures.run.sweep = os.run.sweep.handler(({ input }) => {
      started.push(input)
      return { sweepId: makeSweep().id, runs: [] }
    })
    renderWindow({ path: '/train?form=true', procedures })
    await userEvent.click(within(await findForm()).getByRole('button', { name: 'Sweep…' }))
    const dialog = await screen.findByRole('dialog', { name: 'Sweep' })
    await userEvent.type(
      within(dialog).getByRole('textbox', { name: 'Values of Learning rate' }),
      '0.001, 0.002',
    )
    expect(within(dialog).getByText('2 runs')).toBeDefined()
    await userEvent.click(within(dialog).getByRole('button', { name: 'Start sweep' }))
    await waitFor(() =>
      expect(started[0]?.plan).toEqual({
        kind: 'grid',
        axes: [{ path: 'learningRate', values: [0.001, 0.002] }],
      }),
    )
  })

  it('show their runs best first with what varied', async () => {
    const procedures = createFixtureProcedures()
    procedures.run.sweeps = os.run.sweeps.handler(() => [makeSweep()])
    renderWindow({ path: '/train', procedures })
    const table = await screen.findByRole('region', { name: 'Sweep results' })
    const rows = within(table).getAllByRole('row').slice(1)
    expect(
      rows.map((row) =>
        within(row)
          .getAllByRole('cell')
          .slice(0, 2)
          .map((cell) => cell.textContent),
      ),
    ).toEqual([
      ['0.002', '60.0'],
      ['0.001', '50.0'],
    ])
  })
})

describe('curves of other programs', () => {
  it('are imported by path and drawn beside the runs', async () => {
    const asked: CurveImport[] = []
    const procedures = createFixtureProcedures()
    procedures.run.importedCurves = os.run.importedCurves.handler(() => [makeImportedCurves()])
    procedures.run.importCurves = os.run.importCurves.handler(({ input }) => {
      asked.push(input)
      return makeImportedCurves()
    })
    renderWindow({ path: '/train?compare=%5B1%5D', procedures })
    const form = await screen.findByRole('form', { name: 'Import curves' })
    await userEvent.type(within(form).getByRole('textbox'), '/events')
    await userEvent.click(within(form).getByRole('button', { name: 'Import curves' }))
    await waitFor(() => expect(asked).toEqual([{ path: '/events' }]))
    await userEvent.click(screen.getByRole('checkbox', { name: 'Draw Published run' }))
    expect(await screen.findByRole('heading', { name: '1 run compared' })).toBeDefined()
  })
})

describe('a project without a split', () => {
  it('leads to making one', async () => {
    const procedures = createFixtureProcedures()
    procedures.split.list = os.split.list.handler((): SplitSummary[] => [])
    renderWindow({ path: '/train', procedures })
    expect(await screen.findByRole('button', { name: 'Make a split' })).toBeDefined()
  })
})
