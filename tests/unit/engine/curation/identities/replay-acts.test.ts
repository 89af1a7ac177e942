import { describe, expect, it } from 'vitest'
import { listStanding, replayActs, type MovingAct } from '#engine/curation/identities/domain/replay-acts.ts'

const act = (
  position: number,
  kind: MovingAct['kind'],
  images: readonly number[],
  origin: number | null = null,
): MovingAct => ({ position, kind, images, origin })

const clusters = new Map([
  [1, 1],
  [2, 1],
  [3, 1],
  [4, 4],
  [5, 4],
  [6, 6],
])
/** Numbers that are near are alike. */
const measure = (one: number, other: number): number => Math.abs(one - other)
const replay = (...acts: MovingAct[]) =>
  [...replayActs(clusters, listStanding(acts), measure)].toSorted(([a], [b]) => a - b)
const untouched = [...clusters]

describe('acts over clusters', () => {
  it('join, part by likeness, take out, and name people by their smallest image', () => {
    expect(replay(act(1, 'same', [3, 6]))).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
      [4, 4],
      [5, 4],
      [6, 1],
    ])
    expect(replay(act(1, 'not-same', [1, 3]))).toEqual([
      [1, 1],
      [2, 1],
      [3, 3],
      [4, 4],
      [5, 4],
      [6, 6],
    ])
    expect(replay(act(1, 'split', [1, 2]))).toEqual([
      [1, 1],
      [2, 1],
      [3, 3],
      [4, 4],
      [5, 4],
      [6, 6],
    ])
    expect(replay(act(1, 'not-a-face', [1]))).toEqual([
      [2, 2],
      [3, 2],
      [4, 4],
      [5, 4],
      [6, 6],
    ])
  })

  it('count by the later one where two contradict each other', () => {
    const apart = replay(act(1, 'same', [4, 6]), act(2, 'not-same', [4, 6]))
    expect(apart.find(([image]) => image === 6)?.[1]).not.toBe(4)
    const together = replay(act(1, 'not-same', [4, 5]), act(2, 'same', [4, 5]))
    expect(together).toEqual(untouched)
  })

  it('are laid over more clusters than a call takes arguments', () => {
    const many = new Map(Array.from({ length: 200_000 }, (_, at) => [at + 1, at + 1]))
    const people = replayActs(many, [act(1, 'same', [2, 200_000])], measure)
    expect([people.get(199_999), people.get(200_000), people.size]).toEqual([199_999, 2, 200_000])
  })

  it('are as if they had never been once taken back, and are back when that is taken back', () => {
    const acts = [act(1, 'same', [3, 6]), act(2, 'not-a-face', [5])]
    expect(replay(...acts, act(3, 'undo', [3, 6], 1))).toEqual(replay(act(2, 'not-a-face', [5])))
    expect(replay(...acts, act(3, 'undo', [3, 6], 1), act(4, 'undo', [3, 6], 3))).toEqual(replay(...acts))
    expect(replay(act(1, 'merge', [1, 4]), act(2, 'undo', [1, 4], 1))).toEqual(untouched)
  })
})
