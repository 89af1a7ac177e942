import { cleanup, configure, screen, waitFor, within } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { imageId, splitId } from '#shared/contract/base.contract.ts'
import { identityActId } from '#shared/contract/identity.contract.ts'
import {
  certificateId,
  type CertificateState,
  type LeakCertificate,
  type LeakPair,
} from '#shared/contract/leakage.contract.ts'
import { makeSplit } from './factories.ts'
import { createFixtureProcedures, fixtureImplementer as os, renderWindow } from './fixture-window.tsx'
import { stubLayout } from './stub-layout.ts'

configure({ asyncUtilTimeout: 20_000 })
beforeAll(stubLayout)
afterEach(cleanup)

const one = splitId.parse(1)
const madeAt = '2026-11-30T20:00:00.000Z'
const pair = (a: number, b: number): LeakPair => ({
  a: imageId.parse(a),
  b: imageId.parse(b),
  partA: 'train',
  partB: 'test',
  distance: 0.31,
  verdict: null,
})
const hash = '0'.repeat(64)
const joins = { identity: 0, file: 0, pixel: 0, person: 0, group: 0 }

const makeCertificate = (facePairs: LeakPair[], state: CertificateState): LeakCertificate => ({
  joins,
  nearGroups: 0,
  nearPairs: [],
  facePairs,
  found: { near: 0, faces: 2, hashPairs: 0 },
  undecided: { near: 0, faces: facePairs.filter(({ verdict }) => verdict === null).length },
  compared: { images: 60, pictures: 60, faces: 58 },
  inputs: { members: hash, pictures: hash, faces: hash },
  threshold: 0.39,
  seenWithin: 0.39,
  thresholdOf: 'people',
  missed: { value: 0.1, low: 0.05, high: 0.2, n: 1200 },
  missedPairs: { value: 40, low: 12, high: 90 },
  crossShare: 0.34,
  certificateId: certificateId.parse(3),
  splitId: one,
  splitHash: hash,
  splitName: 'Split 1',
  madeAt,
  madeBy: 'Ada',
  state,
  broken: [],
  sealed: { state: 'undecided', sha256: hash },
})

describe('the certificate of a split', () => {
  it('counts the pairs that want a person beyond those that it lists', async () => {
    const procedures = createFixtureProcedures()
    procedures.leakage.get = os.leakage.get.handler(() => ({
      ...makeCertificate([pair(4, 9)], 'undecided'),
      undecided: { near: 0, faces: 2044 },
    }))
    renderWindow({ path: '/splits', procedures })
    expect(await screen.findByText(/2,044 pairs want a person/)).toBeDefined()
  })

  it('says what was found and missed, and takes a verdict for each pair by one key', async () => {
    const said: unknown[] = []
    let pairs = [pair(4, 9), pair(5, 8)]
    const procedures = createFixtureProcedures()
    procedures.leakage.get = os.leakage.get.handler(() => makeCertificate(pairs, 'undecided'))
    const act = os.identity.act.handler(({ input }) => {
      said.push(input)
      pairs = pairs.map((each) => (each.a === 4 ? { ...each, verdict: 'not-same' } : each))
      return {
        act: {
          actId: identityActId.parse(1),
          kind: 'not-same',
          images: [imageId.parse(4), imageId.parse(9)],
          others: [],
          origin: null,
          actor: 'Ada',
          at: madeAt,
          isUndone: false,
        },
        people: [],
      }
    })
    Object.assign(procedures, { identity: { act } })
    const line = renderWindow({ path: '/splits', procedures })
    const region = await screen.findByRole('region', { name: 'Leakage certificate' })
    await within(region).findByText(/2 pairs want a person/)
    expect(region.textContent).toContain('about 40 (12 to 90) such pairs may stand in two parts')
    expect(within(region).getByAltText('Left, no. 4')).toBeDefined()
    await userEvent.keyboard('n')
    await waitFor(() => expect(said).toEqual([{ kind: 'not-same', images: [4, 9] }]))
    line.emit({ type: 'catalogueChanged', topics: ['identities'] })
    await within(region).findByText(/1 pair wants a person/)
    expect(within(region).getByAltText('Left, no. 5')).toBeDefined()
  })

  it('goes to the next pair before the certificate is read anew, and takes back what was said here alone', async () => {
    const said: unknown[] = []
    const procedures = createFixtureProcedures()
    procedures.leakage.get = os.leakage.get.handler(() =>
      makeCertificate([pair(4, 9), pair(5, 8)], 'undecided'),
    )
    const answer = (actId: number, kind: 'not-same' | 'undo', origin: number | null) => ({
      act: {
        actId: identityActId.parse(actId),
        kind,
        images: [imageId.parse(4), imageId.parse(9)],
        others: [],
        origin: origin === null ? null : identityActId.parse(origin),
        actor: 'Ada',
        at: madeAt,
        isUndone: false,
      },
      people: [],
    })
    const act = os.identity.act.handler(({ input }) => {
      said.push(input)
      return answer(7, 'not-same', null)
    })
    const undo = os.identity.undo.handler(({ input }) => {
      said.push(input)
      return answer(8, 'undo', 7)
    })
    Object.assign(procedures, { identity: { act, undo } })
    renderWindow({ path: '/splits', procedures })
    const region = await screen.findByRole('region', { name: 'Leakage certificate' })
    await within(region).findByText(/2 pairs want a person/)
    await userEvent.keyboard('u')
    await userEvent.keyboard('n')
    expect(await within(region).findByAltText('Left, no. 5')).toBeDefined()
    expect(region.textContent).toContain('Two people: images 4 and 9')
    expect(said).toEqual([{ kind: 'not-same', images: [4, 9] }])
    await userEvent.keyboard('u')
    expect(await within(region).findByAltText('Left, no. 4')).toBeDefined()
    expect(said.at(-1)).toEqual({ actId: 7 })
    expect(region.textContent).toContain('Taken back: images 4 and 9')
  })

  it.each(['/', '/splits', '/train', '/evaluate'])('tells on %s by what it was broken', async (path) => {
    const procedures = createFixtureProcedures()
    procedures.split.list = os.split.list.handler(() => [makeSplit()])
    procedures.leakage.standings = os.leakage.standings.handler(() => [
      {
        splitId: one,
        certificateId: certificateId.parse(3),
        state: 'leaks',
        broken: [{ kind: 'person', count: 1 }],
        joins: { ...joins, person: 1, group: 1 },
        undecided: 0,
        madeAt,
      },
    ])
    renderWindow({ path, procedures })
    const note = await screen.findByRole('region', { name: 'Leaks of Split 1' })
    expect(note.textContent).toContain('1 inferred or decided person in several parts')
    expect(note.textContent).toContain('Split again')
  })
})

it('shows the cells of a split, each with a way to its images', async () => {
  const procedures = createFixtureProcedures()
  procedures.split.cells = os.split.cells.handler(() => ({
    splitId: one,
    parts: { train: 80, val: 10, test: 10 },
    images: 100,
    cells: [
      {
        race: 'White',
        gender: 'Female',
        age: '20-29',
        images: 10,
        groups: 9,
        parts: { train: 6, val: 1, test: 3 },
        worst: { part: 'test', difference: 0.2 },
      },
    ],
  }))
  renderWindow({ path: '/splits', procedures })
  const table = await screen.findByRole('region', { name: 'Cells' })
  expect(table.textContent).toContain('+20.00 in Test')
  const link = within(table).getByRole('link', {
    name: '30.00% (3) images labelled White, Female, 20-29 in Test',
  })
  expect(decodeURIComponent(link.getAttribute('href') ?? '')).toContain('"20-29"')
})
