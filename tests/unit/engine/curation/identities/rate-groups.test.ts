import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { createRandom } from '#engine/base/kernel/random.ts'
import { rateGroups, type RateInput } from '#engine/curation/identities/domain/rate-groups.ts'
import { countNeighbours } from '#engine/curation/identities/domain/count-neighbours.ts'

const pairList = z.array(z.tuple([z.int(), z.int()]))
const golden = z
  .object({
    labels: z.array(z.string().nullable()),
    people: z.array(z.int()),
    pools: z.array(z.int()),
    near: pairList,
    groups: z.array(
      z.object({
        group: z.string(),
        images: z.int(),
        people: z.int(),
        near: z.int(),
        pairs: z.int(),
        value: z.number(),
        low: z.number(),
        high: z.number(),
      }),
    ),
    p: z.number(),
  })
  .parse(
    JSON.parse(readFileSync(new URL('../../../../oracles/golden/rate-groups.json', import.meta.url), 'utf8')),
  )

const rate = (input: Partial<RateInput> & Pick<RateInput, 'labels' | 'near'>, seed = 3) => {
  const count = input.labels.length
  const people = input.people ?? Int32Array.from({ length: count }, (_, at) => at)
  const pools = new Int32Array(Math.max(0, ...people) + 1)
  return rateGroups({ grouping: 'race', people, pools, ...input }, createRandom(seed))
}

describe('near pairs by group', () => {
  it('are counted and bounded as make_rate_groups_golden.py does it by leaving each person out', () => {
    const { labels, people, pools, near, groups, p } = golden
    const found = rate({
      labels,
      people: Int32Array.from(people),
      pools: Int32Array.from(pools),
      near,
    })
    expect(
      found.groups.map(({ group, images, people: of, near: hits, share }) => [
        group,
        images,
        of,
        hits,
        share.n,
      ]),
    ).toEqual(
      groups.map(({ group, images, people: of, near: hits, pairs: n }) => [group, images, of, hits, n]),
    )
    found.groups.forEach(({ share }, at) => {
      expect(share.value).toBeCloseTo(groups[at]?.value ?? 0, 12)
      expect(share.low).toBeCloseTo(groups[at]?.low ?? 0, 12)
      expect(share.high).toBeCloseTo(groups[at]?.high ?? 0, 12)
    })
    // Two other streams of chance: each p has a standard error below 0.016.
    expect(Math.abs((found.test?.p ?? 1) - p)).toBeLessThan(0.06)
  })

  it('of two people have no interval, or that of all groups together where other people tell how pairs spread', () => {
    const labels = Array.from({ length: 11 }, () => 'a')
    const people = Int32Array.from(labels, (_, at) => (at < 5 ? 0 : 1))
    const near = Array.from({ length: 12 }, (_, at): [number, number] => [at % 5, 5 + (at % 6)])
    const share = { value: 0.4, low: null, high: null, n: 30 }
    expect(rate({ labels, people, near }).groups).toMatchObject([{ group: 'a', share }])
    // People who stand in no pair of theirs tell nothing.
    const pools = Int32Array.of(0, 0, 1, 2)
    const apart = rate({
      labels: [...labels, 'a', 'a'],
      people: Int32Array.from([...people, 2, 3]),
      pools,
      near,
    })
    expect(apart.groups).toMatchObject([{ group: 'a', share }])
    const others = rate({
      labels: [...labels, 'b', 'b', 'b'],
      people: Int32Array.from([...people, 2, 3, 4]),
      near: [...near, [11, 12]],
    })
    const [first] = others.groups
    expect(first?.share.value).toBeCloseTo(0.4, 12)
    expect(first?.share.low ?? Number.NaN).toBeLessThan(0.4)
    expect(first?.share.high ?? Number.NaN).toBeGreaterThan(0.4)
  })

  it('leave out pairs of one person, of two pools and of no label', () => {
    const found = rate({
      labels: ['a', 'a', 'a', 'a', null],
      people: Int32Array.of(0, 0, 1, 2, 3),
      pools: Int32Array.of(0, 0, 1, 0),
      near: [
        [0, 1],
        [0, 2],
        [2, 3],
        [0, 4],
      ],
    })
    // Points 0, 1 and 2 are of one pool: two pairs of different people, one of them near.
    expect(found.groups).toEqual([
      expect.objectContaining({
        group: 'a',
        images: 4,
        people: 3,
        near: 1,
        share: expect.objectContaining({ n: 2, value: 0.5 }),
      }),
    ])
    expect(found.test).toBeNull()
  })

  it('have no interval where one person alone carries the label', () => {
    const found = rate({ labels: ['a', 'a'], people: Int32Array.of(0, 0), near: [] })
    expect(found.groups[0]?.share).toEqual({ value: null, low: null, high: null, n: 0 })
  })

  it('are told apart where one group is much nearer, and not where chance deals them', () => {
    const random = createRandom(12)
    const count = 200
    const labels = Array.from({ length: count }, (_, at) => (at % 2 === 0 ? 'a' : 'b'))
    const draw = (shareOf: (label: string) => number): [number, number][] =>
      labels.flatMap((label, one) =>
        labels.flatMap((_, other): [number, number][] =>
          other > one && random.float() < (labels[other] === label ? shareOf(label) : 0.01)
            ? [[one, other]]
            : [],
        ),
      )
    expect(rate({ labels, near: draw((label) => (label === 'a' ? 0.03 : 0.01)) }).test?.p).toBeLessThan(0.005)
    expect(rate({ labels, near: draw(() => 0.01) }).test?.p).toBeGreaterThan(0.05)
  })
})

it('counts other pictures near each of a pair and near both', () => {
  const near: [number, number, number][] = [
    [0, 1, 4],
    [0, 2, 9],
    [1, 2, 9],
    [0, 3, 9],
    [1, 3, 16],
  ]
  const listed = {
    count: near.length,
    first: Int32Array.from(near, ([one]) => one),
    second: Int32Array.from(near, ([, other]) => other),
    squared: Int32Array.from(near, ([, , squared]) => squared),
    radius: 1,
  }
  const [found] = countNeighbours([{ one: 0, other: 1 }], listed, 9)
  expect(found?.neighbours).toEqual({ one: 2, other: 1, both: 1 })
})
