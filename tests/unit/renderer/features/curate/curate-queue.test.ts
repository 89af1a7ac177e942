import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { imageId } from '#shared/contract/base.contract.ts'
import type { CheckSummary, Finding } from '#shared/contract/check.contract.ts'
import { describeJudge } from '#shared/domain/describe-judge.ts'
import { plotColors } from '#renderer/components/plot/plot-figure.ts'
import { firstQueue, queueBeside, shelve } from '#renderer/features/curate/check-groups.ts'
import { curateSearch, toggleFacet, toQueueFilter } from '#renderer/features/curate/curate-search.ts'
import { scoreFigure } from '#renderer/features/curate/figures/score-figure.ts'
import { describeDetail, describeProgress, readSuggestions } from '#renderer/features/curate/finding-words.ts'
import { listEntries, locate, placeBehind, selectRange, step } from '#renderer/features/curate/queue-view.ts'
import { newSession, reviewReducer } from '#renderer/features/curate/review-session.ts'
import {
  describeImported,
  findLastSettled,
  formatGroupKappa,
  formatKappa,
} from '#renderer/features/curate/reading-view.ts'
import { describeSettling } from '#shared/domain/settling-words.ts'
import { makeTile } from '#tests/component/factories.ts'

function makeFinding(id: number, part: Partial<Finding> = {}): Finding {
  return {
    tile: makeTile(id),
    score: id / 100,
    isFlagged: true,
    isDecided: false,
    groupId: null,
    detail: null,
    revision: 0,
    ...part,
  }
}

const findings = [1, 2, 3, 4].map((id) => makeFinding(id))
const idsOf = (entries: readonly { readonly finding: Finding }[]) =>
  entries.map(({ finding }) => finding.tile.id)
const plain = { session: newSession, isGrouped: false, withDecided: false }

it('A check says whose answers it went by, where there are any', () => {
  expect(describeJudge({ source: 'embeddings face-128', labels: 3 })).toBe('Judged by embeddings face-128.')
  expect(describeJudge({ space: 'face-128', neighbours: 10 })).toBe('Compared by the embeddings face-128.')
  expect(describeJudge({ measured: 2 })).toBeNull()
})

describe('a queue', () => {
  it('loses an image as soon as it is decided here', () => {
    const session = reviewReducer(newSession, { type: 'decided', images: [{ imageId: 2, revision: 0 }] })
    expect(idsOf(listEntries(findings, { session, isGrouped: false, withDecided: false }))).toEqual([1, 3, 4])
  })

  it('shows a decided image again once anybody has changed it since', () => {
    const session = reviewReducer(newSession, { type: 'decided', images: [{ imageId: 2, revision: 0 }] })
    const later = findings.map((finding) => (finding.tile.id === 2 ? { ...finding, revision: 9 } : finding))
    expect(idsOf(listEntries(later, { session, isGrouped: false, withDecided: false }))).toEqual([1, 2, 3, 4])
  })

  it('shows what was undone at once, at the revision that the undo gave it', () => {
    const decided = reviewReducer(newSession, { type: 'decided', images: [{ imageId: 2, revision: 0 }] })
    const session = reviewReducer(decided, { type: 'reopened', images: [{ imageId: 2, revision: 5 }] })
    const entries = listEntries(findings, { session, isGrouped: false, withDecided: false })
    expect(idsOf(entries)).toEqual([1, 2, 3, 4])
    expect(entries[1]?.finding.revision).toBe(5)
  })

  it('has copies of one picture as one stop', () => {
    const copies = [1, 2, 3].map((id) => makeFinding(id, { groupId: imageId.parse(id === 3 ? 3 : 1) }))
    expect(idsOf(listEntries(copies, { session: newSession, isGrouped: true, withDecided: false }))).toEqual([
      1, 3,
    ])
  })

  it('keeps what is decided in sight where that is wanted, and marks it', () => {
    const session = reviewReducer(newSession, { type: 'decided', images: [{ imageId: 2, revision: 0 }] })
    const entries = listEntries([...findings, makeFinding(5, { isDecided: true })], {
      session,
      isGrouped: false,
      withDecided: true,
    })
    expect(entries.map(({ finding }) => finding.isDecided)).toEqual([false, true, false, false, true])
  })

  it('goes on behind the place of an image that has left, and waits at the end', () => {
    const entries = listEntries(findings.slice(2), plain)
    expect(locate(entries, { score: 0.02, imageId: 2, isPassed: false })).toBe(0)
    expect(locate(entries, { score: 0.03, imageId: 3, isPassed: false })).toBe(0)
    expect(locate(entries, { score: 0.03, imageId: 3, isPassed: true })).toBe(1)
    expect(locate(entries, { score: 0.04, imageId: 4, isPassed: true })).toBeNull()
    expect(locate(entries, { score: 0.9, imageId: 99, isPassed: false })).toBeNull()
    expect(locate([], { score: 0.9, imageId: 99, isPassed: false })).toBeNull()
    expect(locate(entries, null)).toBe(0)
  })

  it('never begins again by itself: steps reach its end and come back to the last entry', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.array(fc.constantFrom<1 | -1>(1, -1), { maxLength: 40 }),
        (count, steps) => {
          const entries = listEntries(
            Array.from({ length: count }, (_, place) => makeFinding(place + 1)),
            plain,
          )
          let expected = 0
          let index: number | null = 0
          for (const by of steps) {
            index = locate(entries, step(entries, index, by))
            expected = Math.max(0, Math.min(count, expected + by))
            expect(index ?? count).toBe(expected)
          }
        },
      ),
    )
  })

  it('that stands beside another one is the next with something to decide, never the first again', () => {
    const summaries = [
      makeSummary({ id: 'greyscale', open: 1 }),
      makeSummary({ id: 'dark', open: 0 }),
      makeSummary({ id: 'blurry', open: 2 }),
      makeSummary({ id: 'no-face', open: 0, state: 'not-checked' }),
      makeSummary({ id: 'label-race', open: 3 }),
    ]
    const walk = (direction: 'next' | 'previous', from: CheckSummary['id']) => {
      const seen: string[] = []
      for (let here = queueBeside(summaries, from, direction); here !== null;) {
        seen.push(here.id)
        here = queueBeside(summaries, here.id, direction)
      }
      return seen
    }
    expect(walk('next', 'greyscale')).toEqual(['blurry', 'label-race'])
    expect(walk('next', 'dark')).toEqual(['blurry', 'label-race'])
    expect(walk('previous', 'label-race')).toEqual(['blurry', 'greyscale'])
  })

  it('selects everything between two entries', () => {
    expect(selectRange(listEntries(findings, plain), 3, 1)).toEqual([2, 3, 4])
    const [first] = listEntries(findings, plain)
    expect(first === undefined ? null : placeBehind(first)).toEqual({
      score: 0.01,
      imageId: 1,
      isPassed: true,
    })
  })
})

function makeSummary(part: Partial<CheckSummary> = {}): CheckSummary {
  return {
    id: 'greyscale',
    state: 'checked',
    reason: null,
    version: 1,
    params: {},
    finishedAt: '2026-05-04T10:00:00.000Z',
    images: 100,
    flagged: 10,
    open: 10,
    groups: null,
    cut: 0.5,
    defaultCut: 0.5,
    ...part,
  }
}

describe('the list of queues', () => {
  const summaries = [
    makeSummary({ id: 'label-race', cut: null }),
    makeSummary({ id: 'blurry' }),
    makeSummary({ id: 'dark', open: 0 }),
    makeSummary({ id: 'no-face', state: 'not-checked', reason: 'No detector.', open: 0 }),
  ]

  it('never shows what was not checked as clear', () => {
    const { open, clear, unchecked } = shelve(summaries)
    expect(open.map(({ checks }) => checks.map(({ id }) => id))).toEqual([['blurry'], ['label-race']])
    expect(clear.map(({ id }) => id)).toEqual(['dark'])
    expect(unchecked.map(({ reason, checks }) => [reason, checks.map(({ id }) => id)])).toEqual([
      ['No detector.', ['no-face']],
    ])
  })

  it('opens with the first queue that has something to decide', () => {
    expect(firstQueue(shelve(summaries))).toBe('blurry')
    expect(firstQueue(shelve([]))).toBeNull()
  })
})

describe('the address', () => {
  it('narrows a queue to a label, to a missing one as well, and back', () => {
    const narrowed = toggleFacet({ check: 'blurry' }, 'race', null)
    expect(toQueueFilter(narrowed)).toEqual({ race: [null] })
    expect(toQueueFilter(toggleFacet(narrowed, 'race', null))).toEqual({})
    expect(curateSearch.parse({ check: 'no such check', reading: 'x' })).toEqual({})
  })
})

describe('what is said of a finding', () => {
  it('is every flat part of its detail, in words', () => {
    const detail = { hueSpread: 0.1234567, kind: 'sepia', nested: { a: 1 } }
    expect(describeDetail('greyscale', detail)).toEqual([
      { term: 'hue spread', value: '0.1235' },
      { term: 'kind', value: 'sepia' },
    ])
    expect(describeDetail('greyscale', null)).toEqual([])
    expect(describeDetail('greyscale', 'grey')).toEqual([{ term: 'found', value: 'grey' }])
  })

  it('has the titles that the check gives to its fields', () => {
    const detail = { given: 'Asian', suggested: [], same: 3, labelled: 9 }
    expect(describeDetail('neighbours-race', detail).map(({ term }) => term)).toEqual([
      'label',
      'neighbours with its label',
      'neighbours with a label',
    ])
    expect(describeDetail('outlier', { given: 'Asian' }).map(({ term }) => term)).toEqual(['label'])
    expect(describeDetail('label-age', { probability: 0.5 })).toEqual([
      { term: 'probability of its label', value: '0.5' },
    ])
  })

  it('suggests at most three labels, and none where the check suggests none', () => {
    const suggested = ['a', 'b', 'c', 'd'].map((label) => ({ label, probability: 0.2 }))
    expect(readSuggestions({ given: 'x', suggested }).map(({ label }) => label)).toEqual(['a', 'b', 'c'])
    expect(readSuggestions({ given: 'x' })).toEqual([])
  })

  it('tells how far a queue is and how long the rest takes', () => {
    const progress = { check: 'blurry', decided: 312, total: 910, perMinute: 43, minutesLeft: 14.2 } as const
    expect(describeProgress(progress)).toBe('312 of 910 images decided, about 14 min left')
    expect(describeProgress({ ...progress, minutesLeft: 0.4 })).toBe(
      '312 of 910 images decided, less than a minute left',
    )
    expect(describeProgress({ ...progress, minutesLeft: null })).toBe('312 of 910 images decided')
  })
})

describe('the histogram of scores', () => {
  const histogram = { edges: [0, 0.5, 1], counts: [3, 7], cut: 0.5, n: 10 }

  it('draws the cut in and tells the flagged side by colour and words', () => {
    const figure = scoreFigure({ histogram, cut: 0.5, score: 0.2 }, plotColors.light)
    expect(figure.note).toContain('n = 10')
    expect(figure.note).toContain('left of the line is flagged')
    expect(figure.layout.shapes?.map(({ x0 }) => x0)).toEqual([0.5, 0.2])
    expect(figure.table.rows).toEqual([
      [0, 0.5, 3],
      [0.5, 1, 7],
    ])
  })

  it('has no cut where the check has none', () => {
    const figure = scoreFigure({ histogram, cut: null, score: null }, plotColors.light)
    expect(figure.layout.shapes).toEqual([])
    expect(figure.note).toBe('n = 10 images')
  })
})

describe('a second reading', () => {
  it('shows labels as imported, not as the first reader changed them', () => {
    const record = {
      task: 'race',
      value: 'White',
      source: 'import',
      sourceFile: null,
      sourceColumn: null,
      actor: 'import',
      at: '2026-05-04T10:00:00.000Z',
    } as const
    const changed = { ...record, value: 'Indian', source: 'person', at: '2026-05-05T10:00:00.000Z' } as const
    expect(describeImported([changed, record])).toBe('White · no gender · no age')
  })

  it('gives kappa with its interval, below 0 as well', () => {
    expect(formatKappa({ value: -0.1, low: -0.32, high: 0.12, n: 40 })).toBe('-0.10 (-0.32 to 0.12), n = 40')
    expect(formatKappa({ value: null, low: null, high: null, n: 3 })).toBe('not defined, n = 3')
    expect(formatGroupKappa({ value: 0, low: 0, high: 0, n: 3 })).toBe('too few, n = 3')
    expect(formatGroupKappa({ value: 0.5, low: 0.3, high: 0.7, n: 30 })).toBe('0.50 (0.30 to 0.70), n = 30')
  })

  it('offers to take back what this reviewer settled last, whatever others settled since', () => {
    const settle = (image: number, reviewer: string, at: string) => ({
      imageId: imageId.parse(image),
      first: 'keep',
      firstReviewer: 'Ann',
      second: 'remove',
      revision: 1,
      settled: { choice: 'first', answer: 'keep', reviewer, at } as const,
    })
    const settled = [
      settle(1, 'Cara', '2026-05-04T10:00:00.000Z'),
      settle(2, 'Cara', '2026-05-04T11:00:00.000Z'),
      settle(3, 'Dan', '2026-05-04T12:00:00.000Z'),
    ]
    expect(findLastSettled(settled, 'Cara')?.imageId).toBe(2)
    expect(findLastSettled(settled, 'Ann')).toBeNull()
  })

  it('tells what stays of a picture whose settlement is taken back', () => {
    const conflicts = [{ message: 'It was changed meanwhile by Ann.' }]
    const tell = (choice: string, isChanged: boolean, told = conflicts) =>
      describeSettling({ choice, isChanged, conflicts: told })
    expect(tell('open', false)).toBe(
      'Taken back, but the picture stays as it is. It was changed meanwhile by Ann.',
    )
    expect(tell('open', true)).toMatch(/^Taken back, but a part of the picture stays/)
    expect(tell('open', false, [])).toMatch(/settling had not changed the picture/)
    expect(tell('first', false, [])).toBe('Settled; the picture stood so already.')
  })
})
