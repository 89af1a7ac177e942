import { cleanup, configure, fireEvent, screen, waitFor, within } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { imageId } from '#shared/contract/base.contract.ts'
import type { CheckSummary, Finding } from '#shared/contract/check.contract.ts'
import { actId, type DecisionOutcome, type DecisionRequest } from '#shared/contract/decision.contract.ts'
import type { ReadingResult } from '#shared/contract/reading.contract.ts'
import type { CheckId } from '#shared/domain/checks.ts'
import { makeOutcome, makeReading, noEstimate } from './decision-fixtures.ts'
import { makeJob, makeTile } from './factories.ts'
import { createFixtureProcedures, fixtureImplementer as os, renderWindow } from './fixture-window.tsx'
import { stubLayout } from './stub-layout.ts'

configure({ asyncUtilTimeout: 20_000, getElementError: (message) => new Error(message ?? 'not found') })

beforeAll(stubLayout)
beforeEach(() => localStorage.clear())
afterEach(cleanup)

function makeSummary(id: CheckId, part: Partial<CheckSummary> = {}): CheckSummary {
  return {
    id,
    state: 'checked',
    reason: null,
    version: 1,
    params: {},
    finishedAt: '2026-05-04T10:00:00.000Z',
    images: 910,
    flagged: 3,
    open: 3,
    groups: null,
    cut: 0.5,
    defaultCut: 0.5,
    ...part,
  }
}

function makeFinding(id: number, part: Partial<Finding> = {}): Finding {
  return {
    tile: makeTile(id),
    score: id / 100,
    isFlagged: true,
    isDecided: false,
    groupId: null,
    detail: { chroma: 0.8 },
    revision: 0,
    ...part,
  }
}

type Asked = Pick<DecisionRequest, 'action' | 'task' | 'value' | 'check' | 'target'>

/** Three images in the greyscale queue, and everything that is decided about them. */
function createQueue(findings: readonly Finding[] = [1, 2, 3].map((id) => makeFinding(id))) {
  const asked: Asked[] = []
  const procedures = createFixtureProcedures()
  procedures.check.list = os.check.list.handler(() => [
    makeSummary('greyscale'),
    makeSummary('label-race', { cut: null, defaultCut: null, open: 1 }),
    makeSummary('exact-duplicate', {
      cut: null,
      defaultCut: null,
      open: 2,
      groups: { flagged: 1, open: 1 },
    }),
    makeSummary('no-face', { state: 'not-checked', reason: 'No detector is at hand.', open: 0, flagged: 0 }),
  ])
  procedures.finding.queue = os.finding.queue.handler(() => ({ items: [...findings], nextCursor: null }))
  procedures.decision.decide = os.decision.decide.handler(({ input }): DecisionOutcome => {
    const { action, task, value, check, target } = input
    asked.push({ action, task, value, check, target })
    return makeOutcome({ actId: actId.parse(asked.length), title: `Act ${asked.length}` })
  })
  return { procedures, asked }
}

const inView = async (id: number) => screen.findByRole('img', { name: new RegExp(`^Number ${id},`) })

describe('a queue on the Curate screen', () => {
  it('is decided by one key an image and moves on before the engine has answered', async () => {
    const { procedures, asked } = createQueue()
    let release = () => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    procedures.decision.decide = os.decision.decide.handler(async (options) => {
      await held
      asked.push(options.input)
      return makeOutcome()
    })
    renderWindow({ path: '/curate', procedures })
    await inView(1)
    await userEvent.keyboard('k')
    await inView(2)
    await userEvent.keyboard('x')
    await inView(3)
    expect(asked).toEqual([])
    release()
    await waitFor(() => expect(asked.map(({ action }) => action)).toEqual(['keep', 'remove']))
  })

  it('sends the revision that it shows, the queue, and no more', async () => {
    const { procedures, asked } = createQueue([makeFinding(1, { revision: 7 })])
    renderWindow({ path: '/curate', procedures })
    await inView(1)
    await userEvent.keyboard('x')
    await waitFor(() =>
      expect(asked).toEqual([
        {
          action: 'remove',
          task: undefined,
          value: undefined,
          check: 'greyscale',
          target: { images: [{ imageId: 1, revision: 7 }] },
        },
      ]),
    )
    expect(await screen.findByText(/Nothing is open in this queue/)).toBeDefined()
  })

  it('is decided once by a key that is held, also by a button that Enter presses', async () => {
    const { procedures, asked } = createQueue()
    renderWindow({ path: '/curate', procedures })
    await inView(1)
    fireEvent.keyDown(document.body, { key: 'k' })
    for (let repeat = 0; repeat < 5; repeat++) fireEvent.keyDown(document.body, { key: 'k', repeat: true })
    await inView(2)
    const button = screen.getByRole('button', { name: /Keep$/ })
    expect(fireEvent.keyDown(button, { key: 'Enter' })).toBe(true)
    expect(fireEvent.keyDown(button, { key: 'Enter', repeat: true })).toBe(false)
    fireEvent.keyDown(document.body, { key: 'ArrowRight' })
    fireEvent.keyDown(document.body, { key: 'ArrowRight', repeat: true })
    await screen.findByText('This is the end of the queue.')
    await waitFor(() => expect(asked).toHaveLength(1))
  })

  it('that ends says so and waits, and decides nothing until one goes back', async () => {
    const { procedures, asked } = createQueue()
    renderWindow({ path: '/curate', procedures })
    await inView(1)
    await userEvent.keyboard('skk')
    await screen.findByText('This is the end of the queue.')
    await screen.findByText('1 image of it is still open.')
    await userEvent.keyboard('kx4y')
    await userEvent.keyboard('{Home}')
    await inView(1)
    await waitFor(() =>
      expect(asked.map(({ target }) => target)).toEqual(
        [2, 3].map((id) => ({ images: [{ imageId: id, revision: 0 }] })),
      ),
    )
  })

  it('is changed by a key, to those with something to decide', async () => {
    const { procedures } = createQueue()
    renderWindow({ path: '/curate', procedures })
    await inView(1)
    const isAbout = async (title: string) => {
      const panel = await screen.findByRole('region', { name: 'Why it is here' })
      expect(await within(panel).findByRole('heading', { name: title })).toBeDefined()
    }
    await isAbout('Greyscale')
    await userEvent.keyboard('n')
    await isAbout('Exact duplicate')
    await userEvent.keyboard('{Shift>}n{/Shift}')
    await isAbout('Greyscale')
    await userEvent.keyboard('{Shift>}n{/Shift}')
    await isAbout('Greyscale')
  })

  it('shows what is decided by a key, marked, and reopens it by another', async () => {
    const { procedures, asked } = createQueue()
    const states: string[] = []
    procedures.finding.queue = os.finding.queue.handler(({ input }) => {
      states.push(input.state)
      const kept = makeFinding(9, { isDecided: true, score: 0.001, tile: { ...makeTile(9), status: 'kept' } })
      return { items: input.state === 'open' ? [makeFinding(1)] : [kept, makeFinding(1)], nextCursor: null }
    })
    renderWindow({ path: '/curate', procedures })
    await inView(1)
    await userEvent.keyboard('h{Home}')
    await inView(9)
    expect(screen.getByText('kept')).toBeDefined()
    await userEvent.keyboard('o')
    await waitFor(() => expect(asked.map(({ action }) => action)).toEqual(['restore']))
    expect(new Set(states)).toEqual(new Set(['open', 'flagged']))
  })

  it('is seen as tiles of the same images in the same order', async () => {
    const { procedures } = createQueue()
    renderWindow({ path: '/curate', procedures })
    const tiles = await screen.findByRole('link', { name: 'Tiles' })
    const address = new URL(tiles.getAttribute('href')?.replace('#', '') ?? '', 'http://window')
    expect(Object.fromEntries(address.searchParams)).toEqual({
      findings: '["greyscale"]',
      sort: 'finding',
      search: 'open:greyscale',
    })
  })

  it('zooms its image by a key, and shows the next one whole', async () => {
    const { procedures } = createQueue()
    renderWindow({ path: '/curate', procedures })
    const image = await inView(1)
    const zoomOf = (element: HTMLElement) => element.parentElement?.style.getPropertyValue('--ev-zoom')
    expect(zoomOf(image)).toBe('')
    await userEvent.keyboard('z')
    await waitFor(() => expect(zoomOf(image)).toBe('translate(0px, 0px) scale(2)'))
    await userEvent.keyboard('k')
    expect(zoomOf(await inView(2))).toBe('')
  })

  it('gives the digits to race, and after G and A to gender and age', async () => {
    const { procedures, asked } = createQueue()
    renderWindow({ path: '/curate', procedures })
    await inView(1)
    await screen.findByRole('group', { name: 'Race labels' })
    await userEvent.keyboard('4')
    await inView(2)
    await screen.findByRole('group', { name: 'Race labels' })
    await userEvent.keyboard('g1')
    await inView(3)
    await screen.findByRole('group', { name: 'Race labels' })
    await userEvent.keyboard('a9')
    await waitFor(() =>
      expect(asked.map(({ task, value }) => [task, value])).toEqual([
        ['race', 'Indian'],
        ['gender', 'Male'],
        ['age', '70+'],
      ]),
    )
  })

  it('decides what is selected together', async () => {
    const { procedures, asked } = createQueue()
    renderWindow({ path: '/curate', procedures })
    await inView(1)
    await userEvent.keyboard(' {Shift>}{ArrowRight}{/Shift}')
    await inView(2)
    await userEvent.keyboard(' ')
    await screen.findByText('2 images selected')
    await userEvent.keyboard('k')
    await inView(3)
    await waitFor(() =>
      expect(asked.map(({ target }) => target)).toEqual([
        {
          images: [
            { imageId: 1, revision: 0 },
            { imageId: 2, revision: 0 },
          ],
        },
      ]),
    )
  })

  it('brings an image back when somebody else decided it first, and says who', async () => {
    const { procedures } = createQueue([makeFinding(1)])
    procedures.decision.decide = os.decision.decide.handler(() =>
      makeOutcome({
        actId: null,
        changed: 0,
        conflictCount: 1,
        conflicts: [
          {
            imageId: imageId.parse(1),
            reason: 'changed',
            message: 'Relabelled by Second at 10:00.',
            by: 'Second',
            at: '2026-05-04T10:00:00.000Z',
            revision: 4,
          },
        ],
      }),
    )
    renderWindow({ path: '/curate', procedures })
    await inView(1)
    await userEvent.keyboard('x')
    await screen.findByText('Image 1 was left as it is')
    expect(await screen.findByText('Relabelled by Second at 10:00.')).toBeDefined()
    await screen.findByText('1 image of it is still open.')
    await userEvent.keyboard('{Home}')
    await inView(1)
  })

  it('shows an image again when it is undone', async () => {
    const { procedures } = createQueue([makeFinding(1)])
    procedures.decision.undo = os.decision.undo.handler(() =>
      makeOutcome({ actId: actId.parse(2), title: 'Undo: Kept 1 image' }),
    )
    procedures.decision.history = os.decision.history.handler(() => ({
      items: [
        {
          actId: actId.parse(2),
          kind: 'undo' as const,
          title: 'Undo: Kept 1 image',
          reviewer: 'Curator',
          at: '2026-05-04T10:00:00.000Z',
          check: 'greyscale' as const,
          images: 1,
          conflicts: 0,
          isUndone: false,
          changes: [
            {
              imageId: imageId.parse(1),
              field: 'status' as const,
              from: 'kept',
              to: 'undecided',
              check: 'greyscale' as const,
              reason: null,
              note: null,
            },
          ],
        },
      ],
      nextCursor: null,
    }))
    procedures.finding.ofImage = os.finding.ofImage.handler(() => ({
      measures: null,
      problem: null,
      findings: [{ check: 'greyscale', score: 0.01, isFlagged: true, cut: 0.5, groupId: null, detail: null }],
    }))
    renderWindow({ path: '/curate', procedures })
    await inView(1)
    await userEvent.keyboard('k')
    await screen.findByText(/Nothing is open in this queue/)
    await userEvent.keyboard('u')
    await inView(1)
    expect(screen.getByText('Undo: Kept 1 image')).toBeDefined()
  })

  it('takes the first suggested label by one key', async () => {
    const detail = { given: 'White', suggested: [{ label: 'Indian', probability: 0.71 }], probability: 0.1 }
    const { procedures, asked } = createQueue([makeFinding(1, { detail })])
    renderWindow({ path: '/curate?check=label-race', procedures })
    await screen.findByRole('button', { name: 'Relabel as Indian, 71%' })
    await userEvent.keyboard('y')
    await waitFor(() =>
      expect(asked.map(({ task, value, check }) => [task, value, check])).toEqual([
        ['race', 'Indian', 'label-race'],
      ]),
    )
  })

  it('never shows a check that was not run as clear', async () => {
    const { procedures } = createQueue()
    renderWindow({ path: '/curate', procedures })
    const unchecked = await screen.findByRole('region', { name: 'Not checked' })
    expect(within(unchecked).getByText('No face')).toBeDefined()
    expect(within(unchecked).getByText('No detector is at hand.')).toBeDefined()
  })

  it('says how much is decided and how long the rest takes', async () => {
    const { procedures } = createQueue()
    renderWindow({ path: '/curate', procedures })
    expect(await screen.findByText('312 of 910 images decided, about 14 min left')).toBeDefined()
    expect(await screen.findByText('Deciding as Curator')).toBeDefined()
  })
})

describe('copies of one picture', () => {
  it('keep the suggested one by one key, or those that are ticked', async () => {
    const group = imageId.parse(1)
    const findings = [1, 2].map((id) => makeFinding(id, { groupId: group, detail: null }))
    const { procedures, asked } = createQueue(findings)
    procedures.finding.group = os.finding.group.handler(() => ({
      groupId: group,
      members: findings.map((finding) => ({
        ...finding,
        path: `${finding.tile.id}.jpg`,
        dataset: 'Portraits',
        bytes: 1000,
        sharpness: 12,
      })),
      suggestedKeep: { imageId: imageId.parse(2), reason: 'it has the most pixels' },
      conflict: null,
      clearest: imageId.parse(2),
      answers: { race: [], gender: [], age: [] },
      suggestedLabels: { race: null, gender: null, age: null },
    }))
    renderWindow({ path: '/curate?check=exact-duplicate', procedures })
    await screen.findByText(/Suggested to keep: number 2, since it has the most pixels\./)
    expect(await screen.findByRole('button', { name: /Keep 1, remove 1$/ })).toBeDefined()
    await userEvent.keyboard('12x')
    const seen = [1, 2].map((id) => ({ imageId: id, revision: 0 }))
    await waitFor(() =>
      expect(asked.map(({ action, target }) => [action, target])).toEqual([
        ['remove', { check: 'exact-duplicate', groupId: 1, keep: [1], seen }],
      ]),
    )
  })
})

describe('copies whose labels differ', () => {
  const openConflict = async () => {
    const group = imageId.parse(1)
    const findings = [1, 2].map((id) => makeFinding(id, { groupId: group, detail: null }))
    const { procedures, asked } = createQueue(findings)
    const genders = ['Male', 'Female']
    procedures.finding.group = os.finding.group.handler(() => ({
      groupId: group,
      members: findings.map((finding, at) => ({
        ...finding,
        tile: { ...finding.tile, gender: genders[at] ?? null, ageYears: 30, ageBin: '30-39', race: 'White' },
        path: `${finding.tile.id}.jpg`,
        dataset: 'Portraits',
        bytes: 1000,
        sharpness: 12,
      })),
      suggestedKeep: null,
      conflict: { gender: ['Female', 'Male'] },
      clearest: imageId.parse(1),
      answers: { race: [], gender: [{ by: 'models', label: 'Female', share: 0.97 }], age: [] },
      suggestedLabels: { race: null, gender: { label: 'Female', strength: 0.97 }, age: null },
    }))
    renderWindow({ path: '/curate?check=exact-duplicate', procedures })
    await screen.findByText(/Their labels differ in gender\. No copy is suggested/)
    return asked
  }
  const seen = [1, 2].map((id) => ({ imageId: id, revision: 0 }))
  const target = { check: 'exact-duplicate', groupId: 1, keep: [1], seen }

  it('show what models say, tick none, and a digit takes the labels of that copy for the better picture', async () => {
    const asked = await openConflict()
    await screen.findByText(/Models that never saw it: Female 97%\. Both speak strongly for Female \(97%\)\./)
    await userEvent.keyboard('x')
    await userEvent.keyboard('2')
    await waitFor(() =>
      expect(asked.map(({ action, target: sent }) => [action, sent])).toEqual([
        ['remove', { ...target, labels: { age: '30', gender: 'Female', race: 'White' } }],
      ]),
    )
  })

  it('are resolved field by field in a dialog', async () => {
    const asked = await openConflict()
    await userEvent.keyboard('r')
    const dialog = await screen.findByRole('dialog', { name: 'Take each label from one of the copies' })
    within(dialog).getByText(/Both speak strongly for Female \(97%\)\./)
    expect(within(dialog).queryByRole('radio', { checked: true })).toBeNull()
    await userEvent.click(within(dialog).getByRole('radio', { name: 'Female (number 2)' }))
    await userEvent.click(within(dialog).getByRole('button', { name: 'Keep one copy with these labels' }))
    await waitFor(() =>
      expect(asked.map(({ target: sent }) => sent)).toEqual([{ ...target, labels: { gender: 'Female' } }]),
    )
  })
})

describe('the copy that stays of a conflict', () => {
  it('is questioned by itself until it is kept, or relabelled, in that queue', async () => {
    const group = imageId.parse(1)
    const found = [1, 2].map((id) => makeFinding(id, { groupId: group, detail: null }))
    const { procedures, asked } = createQueue(found.slice(0, 1))
    procedures.check.list = os.check.list.handler(() => [
      makeSummary('conflicting-labels', {
        cut: null,
        defaultCut: null,
        open: 1,
        groups: { flagged: 1, open: 1 },
      }),
    ])
    procedures.finding.group = os.finding.group.handler(() => ({
      groupId: group,
      members: found.map((finding, at) => ({
        ...finding,
        tile: { ...finding.tile, status: at === 0 ? 'kept' : 'removed' },
        path: `${finding.tile.id}.jpg`,
        dataset: 'Portraits',
        bytes: 1000,
        sharpness: 12,
      })),
      suggestedKeep: null,
      conflict: null,
      clearest: null,
      answers: { race: [], gender: [], age: [] },
      suggestedLabels: { race: null, gender: null, age: null },
    }))
    renderWindow({ path: '/curate?check=conflicting-labels', procedures })
    await screen.findByText(
      /^Copies of it that were labelled otherwise have been removed\. Keep it to confirm/,
    )
    await inView(1)
    await userEvent.keyboard('k')
    await waitFor(() =>
      expect(asked).toMatchObject([
        { action: 'keep', check: 'conflicting-labels', target: { images: [{ imageId: 1 }] } },
      ]),
    )
  })
})

describe('all groups of copies at once', () => {
  it('keep the suggested copy of those that agree, and say how many stay to be decided', async () => {
    const { procedures, asked } = createQueue(
      [1, 2].map((id) => makeFinding(id, { groupId: imageId.parse(1) })),
    )
    procedures.finding.countGroups = os.finding.countGroups.handler(() => ({
      groups: 5,
      agreeing: 3,
      leaving: 4,
      conflicting: 2,
    }))
    renderWindow({ path: '/curate?check=exact-duplicate', procedures })
    await screen.findByRole('button', { name: 'Decide all' })
    await userEvent.keyboard('{Shift>}d{/Shift}')
    const dialog = await screen.findByRole('dialog', { name: 'Decide all of Exact duplicate' })
    await within(dialog).findByText(/In 2 the labels differ: nothing is suggested there/)
    await userEvent.click(
      await within(dialog).findByRole('button', { name: 'Keep 3 copies, remove 4 images' }),
    )
    await waitFor(() =>
      expect(asked.map(({ action, target }) => [action, target])).toEqual([
        ['remove', { check: 'exact-duplicate', groups: 'suggested', filter: {}, expectedGroups: 3 }],
      ]),
    )
  })
})

describe('the keys', () => {
  it('can be changed, refuse what is taken, and can be reset', async () => {
    const { procedures, asked } = createQueue()
    renderWindow({ path: '/curate', procedures })
    await inView(1)
    await userEvent.click(screen.getByRole('button', { name: 'Keys' }))
    const dialog = await screen.findByRole('dialog', { name: 'Keys of this screen' })
    await userEvent.click(within(dialog).getByRole('button', { name: /^Keep: K\./ }))
    await userEvent.keyboard('x')
    await within(dialog).findByText('X: This key is taken by "Remove". Press another one.')
    await userEvent.keyboard('j')
    await within(dialog).findByRole('button', { name: /^Keep: J\./ })
    await userEvent.click(within(dialog).getByRole('button', { name: 'Done' }))
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
    await userEvent.keyboard('kj')
    await inView(2)
    await waitFor(() => expect(asked.map(({ action }) => action)).toEqual(['keep']))
    await userEvent.click(screen.getByRole('button', { name: 'Keys' }))
    await userEvent.click(await screen.findByRole('button', { name: 'Reset all' }))
    await screen.findByRole('button', { name: /^Keep: K\./ })
  })
})

describe('a second reading', () => {
  it('asks for one image after the other and shows only imported labels', async () => {
    const answers: unknown[] = []
    const procedures = createFixtureProcedures()
    procedures.check.list = os.check.list.handler(() => [makeSummary('greyscale')])
    procedures.reading.get = os.reading.get.handler(() =>
      makeReading({ open: [imageId.parse(5), imageId.parse(6)] }),
    )
    procedures.reading.answer = os.reading.answer.handler(({ input }) => {
      answers.push([input.imageId, input.action, input.value])
      return makeReading({ answered: 1, open: [imageId.parse(6)] })
    })
    renderWindow({ path: '/curate?reading=1', procedures })
    await screen.findByRole('img', { name: 'Number 5' })
    await screen.findByText('White · no gender · no age')
    await userEvent.keyboard('x')
    await screen.findByRole('img', { name: 'Number 6' })
    await screen.findByText('White · no gender · no age')
    await userEvent.keyboard('2')
    await waitFor(() =>
      expect(answers).toEqual([
        [5, 'remove', undefined],
        [6, 'relabel', 'Black'],
      ]),
    )
  })
})

describe('what two readers differ on', () => {
  it('is settled by keys: either answer, another label or unsure, each taken back by a key', async () => {
    const asked: unknown[] = []
    const procedures = createFixtureProcedures()
    procedures.check.list = os.check.list.handler(() => [makeSummary('greyscale')])
    procedures.reading.get = os.reading.get.handler(() => makeReading({ isFinished: true, answered: 2 }))
    const settled = new Map<number, string | null>()
    const readResult = (): ReadingResult => ({
      overall: { kappa: noEstimate, agreement: noEstimate },
      byRace: [],
      answers: [],
      counts: [],
      disagreements: [5, 6].map((image) => ({
        imageId: imageId.parse(image),
        first: 'keep',
        firstReviewer: 'Ann',
        second: 'remove',
        revision: 7,
        settled: settled.has(image)
          ? {
              choice: 'other',
              answer: settled.get(image) ?? null,
              reviewer: 'Curator',
              at: `2026-01-0${image}T00:00:00.000Z`,
            }
          : null,
      })),
      afterSettling: settled.size === 0 ? null : { kappa: noEstimate, agreement: noEstimate },
    })
    procedures.reading.result = os.reading.result.handler(readResult)
    procedures.reading.settle = os.reading.settle.handler(({ input }) => {
      const { imageId: image, choice, action, task, value, revision } = input
      asked.push([image, choice, action, task, value, revision])
      if (choice === 'open') settled.delete(image)
      else settled.set(image, choice === 'unsure' ? null : 'keep')
      return { ...readResult(), outcome: { isChanged: choice !== 'open', conflicts: [] } }
    })
    renderWindow({ path: '/curate?reading=1', procedures })
    await screen.findByRole('img', { name: 'Number 5' })
    await screen.findByRole('button', { name: /Ann:\s*Keep/ })
    await userEvent.keyboard('1')
    await screen.findByRole('img', { name: 'Number 6' })
    await userEvent.keyboard('u')
    await screen.findByRole('img', { name: 'Number 5' })
    await screen.findByText('White · no gender · no age')
    await screen.findByText(/settling had not changed the picture/)
    await userEvent.keyboard('r')
    await screen.findByRole('group', { name: 'Race labels' })
    await userEvent.keyboard('2')
    await screen.findByRole('img', { name: 'Number 6' })
    expect(screen.getByRole('rowheader', { name: /which makes those agree/ })).toBeDefined()
    await userEvent.keyboard('s')
    await screen.findByText('Every difference is settled or marked as unsure.')
    expect(asked).toEqual([
      [5, 'first', undefined, undefined, undefined, 7],
      [5, 'open', undefined, undefined, undefined, undefined],
      [5, 'other', 'relabel', 'race', 'Black', 7],
      [6, 'unsure', undefined, undefined, undefined, 7],
    ])
    expect(screen.getByText('Unsure, says Curator')).toBeDefined()
  })
})

describe('before the first scan', () => {
  it('the screen offers to scan, with the checks that are chosen', async () => {
    const started: unknown[] = []
    const procedures = createFixtureProcedures()
    procedures.check.list = os.check.list.handler(() => [
      makeSummary('greyscale', { state: 'not-checked', reason: 'It has not been run yet.', open: 0 }),
      makeSummary('no-face', { state: 'not-checked', reason: 'It has not been run yet.', open: 0 }),
    ])
    procedures.scan.start = os.scan.start.handler(({ input }) => {
      started.push(input)
      return { jobId: makeJob().id }
    })
    renderWindow({ path: '/curate', procedures })
    await userEvent.click(await screen.findByRole('button', { name: 'Scan the images' }))
    const dialog = await screen.findByRole('dialog')
    await userEvent.click(within(dialog).getByRole('checkbox', { name: /^Face/ }))
    await userEvent.click(within(dialog).getByRole('button', { name: 'Start the scan' }))
    await waitFor(() => expect(started).toEqual([{ checks: ['greyscale'], labelsBy: 'both', fresh: false }]))
  })
})

describe('the flag rates beside a check', () => {
  it('say which groups it flags unlike the others, by how much, and what to do about it', async () => {
    const { procedures } = createQueue()
    const rate = (group: string, value: number) => ({
      group,
      rate: { value, low: value - 0.02, high: value + 0.02, n: 300 },
    })
    procedures.check.preview = os.check.preview.handler(({ input }) => ({
      check: input.check,
      cut: 0.5,
      n: 600,
      flagged: 90,
      race: [rate('Asian', 0.2), rate('White', 0.1)],
      gender: [rate('Female', 0.15), rate('Male', 0.15)],
      age: [],
      tests: {
        race: { chiSquare: 11.8, degrees: 1, p: 0.0006, n: 600, pooled: [] },
        gender: { chiSquare: 0, degrees: 1, p: 1, n: 600, pooled: [] },
        age: null,
      },
      below: [],
      above: [],
    }))
    renderWindow({ path: '/curate', procedures })
    await screen.findByText(
      'race: differs, p < 0.001; most Asian 20.0% (18.0-22.0), least White 10.0% (8.0-12.0)',
    )
    expect(screen.getByText('gender: no more than chance gives, p = 1.000')).toBeDefined()
    expect(screen.getByText(/^The check flags groups unlike one another/)).toBeDefined()
  })
})
