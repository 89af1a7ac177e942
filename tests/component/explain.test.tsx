import { act, cleanup, configure, screen, waitFor, within } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { evaluationId, jobId } from '#shared/contract/base.contract.ts'
import { explanationId } from '#shared/contract/explanation.contract.ts'
import { groupMapChoices, type GroupMaps } from '#shared/contract/group-maps.contract.ts'
import { titleGroupMaps } from '#shared/derived/describe-group-maps.ts'
import { compareMaps } from '#engine/assessment/explanations/domain/compare-maps.ts'
import { makeEvaluation, makeJob, makeTile } from './factories.ts'
import { createFixtureProcedures, fixtureImplementer as os, renderWindow } from './fixture-window.tsx'
import { stubLayout } from './stub-layout.ts'

configure({ asyncUtilTimeout: 20_000, getElementError: (message) => new Error(message ?? 'not found') })

beforeAll(stubLayout)
afterEach(cleanup)

const side = 4

/** Two groups of 40, the first of which counts the second cell more; of 20 images nobody is known. */
function makeMaps(): GroupMaps {
  const images = 80
  const maps = Float32Array.from({ length: images * side * side }, (_, at) => {
    const [image, cell] = [Math.floor(at / (side * side)), at % (side * side)]
    const noise = ((image * 7919 + cell * 104_729) % 101) / 101
    return noise + (image < 40 && cell === 1 ? 3 : 0)
  })
  const aligned = {
    maps,
    cells: side * side,
    groups: Int32Array.from({ length: images }, (_, at) => (at < 40 ? 0 : 1)),
    names: ['White', 'Indian'],
    people: Int32Array.from({ length: images }, (_, at) => (at === 40 ? 0 : at)),
    isKnown: Int32Array.from({ length: images }, (_, at) => (at < 20 ? 0 : 1)),
  }
  const { modelId, model, weightsSha256, split, splitHash } = makeEvaluation()
  const choices = groupMapChoices.parse({ draws: 100 })
  return {
    jobId: jobId.parse(3),
    subject: weightsSha256,
    evaluationId: evaluationId.parse(1),
    modelId,
    model,
    weightsSha256,
    split,
    splitHash,
    part: 'val',
    choices,
    cells: side,
    images,
    withoutFace: 2,
    unreadable: 0,
    flat: 0,
    known: { dataset: 60, inferred: 0, unknown: 20 },
    tasks: [
      {
        task: 'race',
        by: 'race',
        ...compareMaps(aligned, { draws: 100, seed: 1 }),
      } as unknown as GroupMaps['tasks'][number],
    ],
    notes: [],
    createdAt: '2026-12-01T00:00:00.000Z',
  }
}

interface Shown {
  readonly path?: string
  readonly maps?: readonly GroupMaps[]
  readonly faulty?: { file: string; reason: string }[]
}

function open({ path = '/explain?method=lime', maps = [], faulty = [] }: Shown) {
  const procedures = createFixtureProcedures()
  const asked: unknown[] = []
  const images = [1, 2].map((id) => ({
    imageId: makeTile(id).id,
    thumb: `t${id}`,
    labelled: 'Indian',
    predicted: 'White',
    isRight: false,
    years: null,
    labelledYears: null,
  }))
  Object.assign(procedures, {
    fairness: {
      ...Reflect.get(procedures, 'fairness'),
      images: os.fairness.images.handler(({ input }) => {
        asked.push(input)
        return { n: 60, wrong: 27, images: input.offset < 27 ? images : [] }
      }),
    },
    groupMaps: {
      list: os.groupMaps.list.handler(() => ({
        maps: maps.map(({ tasks: _tasks, notes: _notes, ...summary }) => summary),
        faulty,
      })),
      get: os.groupMaps.get.handler(() => maps[0] ?? makeMaps()),
      create: os.groupMaps.create.handler(({ input }) => {
        asked.push(input)
        return { jobId: jobId.parse(3) }
      }),
    },
  })
  return { procedures, asked, show: () => renderWindow({ path, procedures }) }
}

describe('the Explain screen', () => {
  it('asks for the images of its query, page by page', async () => {
    const { asked, show } = open({ path: '/explain?method=lime&group=Indian&by=race' })
    show()
    const list = await screen.findByRole('list', { name: 'Explained images' })
    expect(await within(list).findByText('Image 2')).toBeDefined()
    expect(await screen.findByText('27 of 60 images, page 1 of 3')).toBeDefined()
    await userEvent.click(screen.getByRole('button', { name: 'Next page' }))
    expect(await screen.findByText('27 of 60 images, page 2 of 3')).toBeDefined()
    expect(asked.at(-1)).toMatchObject({
      task: 'race',
      group: { race: 'Indian' },
      answered: 'wrong',
      offset: 12,
    })
  })

  it('says that there is no such page, and goes to the last', async () => {
    const { show } = open({ path: '/explain?method=lime&page=99' })
    show()
    expect(await screen.findByText('There is no page 99: the last is 3.')).toBeDefined()
    await userEvent.click(screen.getByRole('button', { name: 'Last page' }))
    expect(await screen.findByText('27 of 60 images, page 3 of 3')).toBeDefined()
  })

  it('tells of average maps whose people they are of, what is dealt, and what they cannot show', async () => {
    const { show } = open({ maps: [makeMaps()] })
    show()
    const groups = await screen.findByRole('list', { name: 'Maps of the groups' })
    expect(
      within(groups).getByText('n = 40 images of 40 people or sets of copies; in 20 nobody is known'),
    ).toBeDefined()
    expect(within(groups).getByText('n = 40 images of 40 people')).toBeDefined()
    expect(within(groups).getAllByRole('img')).toHaveLength(4)
    expect(within(groups).getAllByText(/1 of 16 cells differ beyond chance/)).toHaveLength(2)
    expect(screen.getByText(/80 images; left out: 2 without a face\..*not known in 20/)).toBeDefined()
    expect(screen.getByText(/1 person has images in several of these groups/)).toBeDefined()
    // What is strongest is told to those who listen too.
    const scale = screen.getByText(/orange speaks for the answer, blue against; strongest \d/)
    expect(scale.closest('[aria-hidden]')).toBeNull()
    expect(
      screen.getByText(/not why, not whether that is wrong, and nothing about any one person/),
    ).toBeDefined()
  })

  it('names stored maps that it does not show, beside those that it does', async () => {
    const reason = 'group-maps-2.json: it is not in the form in which this version keeps average maps.'
    const { show } = open({ maps: [makeMaps()], faulty: [{ file: 'group-maps-2.json', reason }] })
    show()
    expect(await screen.findByRole('list', { name: 'Maps of the groups' })).toBeDefined()
    expect(screen.getByText(reason)).toBeDefined()
  })

  it('makes maps of chosen images, also while those of another evaluation are made', async () => {
    const { asked, procedures, show } = open({})
    const other = makeJob({ kind: 'group-maps', state: 'running', title: titleGroupMaps(2) })
    procedures.job.list = os.job.list.handler(() => [other])
    show()
    const form = await screen.findByRole('form', { name: 'How average maps are made' })
    await userEvent.type(within(form).getByRole('textbox', { name: 'Images of each race' }), '50')
    await userEvent.click(within(form).getByRole('button', { name: 'Make the maps' }))
    await waitFor(() =>
      expect(asked.at(-1)).toMatchObject({
        evaluationId: 1,
        choices: { perGroup: 50, draws: 1000, seed: 1 },
      }),
    )
  })

  it('shows the progress of maps of its own evaluation', async () => {
    const { procedures, show } = open({})
    const own = makeJob({ kind: 'group-maps', state: 'running', title: titleGroupMaps(1) })
    procedures.job.list = os.job.list.handler(() => [own])
    show()
    expect(await screen.findByRole('progressbar', { name: titleGroupMaps(1) })).toBeDefined()
    expect(screen.queryByRole('form', { name: 'How average maps are made' })).toBeNull()
  })

  it('tells that a picture of the groups could not be written', async () => {
    const { show } = open({ maps: [makeMaps()] })
    show()
    // The tests' window has no canvas, as a browser gives none where memory is short.
    await userEvent.click(await screen.findByRole('button', { name: 'Save as PNG' }))
    const notice = await screen.findByRole('alert')
    expect(notice.textContent).toContain('This window cannot draw pictures')
  })

  it('lets go of an explanation that is left before it is begun', async () => {
    const { procedures, show } = open({})
    const forgotten: number[] = []
    let begin = (_id: number): void => undefined
    Object.assign(procedures, {
      explanation: {
        start: os.explanation.start.handler(
          () =>
            new Promise((resolve) => {
              begin = (id) => resolve({ explanationId: explanationId.parse(id) })
            }),
        ),
        forget: os.explanation.forget.handler(({ input }) => {
          forgotten.push(input.explanationId)
          return {}
        }),
      },
    })
    show()
    const card = await screen.findByRole('listitem', { name: 'Image 1' })
    await userEvent.click(within(card).getByRole('button', { name: 'Run' }))
    await userEvent.click(screen.getByRole('button', { name: 'Next page' }))
    await screen.findByText('27 of 60 images, page 2 of 3')
    await userEvent.click(
      within(screen.getByRole('navigation', { name: 'Screens' })).getByRole('link', { name: 'Models' }),
    )
    await waitFor(() => expect(screen.queryByRole('list', { name: 'Explained images' })).toBeNull())
    await act(async () => {
      begin(5)
      await Promise.resolve()
    })
    await waitFor(() => expect(forgotten).toEqual([5]))
  })
})
