import type { IdentityActKind } from '#shared/contract/identity.contract.ts'

/** An act, as far as it moves images between people. */
export interface MovingAct {
  readonly position: number
  readonly kind: IdentityActKind
  readonly images: readonly number[]
  /** What an undo is about. */
  readonly origin: number | null
}

/** Positions of acts that are taken back: an undo that holds takes the act that it names away, be that an undo itself. */
export function listUndone(acts: readonly MovingAct[]): Set<number> {
  const undone = new Set<number>()
  for (const { kind, position, origin } of acts.toSorted((a, b) => b.position - a.position))
    if (kind === 'undo' && origin !== null && !undone.has(position)) undone.add(origin)
  return undone
}

/** The acts that hold, oldest first, without undos. */
export function listStanding<Act extends MovingAct>(acts: readonly Act[]): Act[] {
  const undone = listUndone(acts)
  return acts
    .filter(({ kind, position }) => kind !== 'undo' && !undone.has(position))
    .toSorted((a, b) => a.position - b.position)
}

/** Distance of the descriptors of two images; null where one has none. */
export type MeasureImages = (one: number, other: number) => number | null

/**
 * Lays acts over clusters, oldest first, so that a later one counts where two contradict each other. It is a function of the
 * clusters and the acts that stand: taking one of them away gives what these clusters are without it. Clusters that were made
 * under acts (who is not the same, what is not a face) keep their trace until the next run.
 *
 * @param clusters of each image; is left as it is
 * @returns the person of each image, which is the smallest number among its images; images that show no face are left out
 */
export function replayActs(
  clusters: ReadonlyMap<number, number>,
  acts: readonly MovingAct[],
  measure: MeasureImages,
): Map<number, number> {
  const people = new Map(clusters)
  let next = 1
  const passOver = (taken: number): void => void (next = Math.max(next, taken + 1))
  clusters.forEach(passOver)
  for (const { images } of acts) images.forEach(passOver)
  const membersOf = (person: number): number[] =>
    [...people].flatMap(([image, of]) => (of === person ? [image] : []))
  const join = (images: readonly number[]): void => {
    const joined = next++
    for (const image of images) {
      const person = people.get(image)
      for (const member of person === undefined ? [image] : membersOf(person)) people.set(member, joined)
    }
  }
  const part = (one: number, other: number): void => {
    const person = people.get(one)
    if (person === undefined || person !== people.get(other)) return
    const leaving = next++
    for (const member of membersOf(person)) {
      if (member === one) continue
      const [near, far] = [measure(member, other) ?? Infinity, measure(member, one) ?? Infinity]
      if (member === other || near < far) people.set(member, leaving)
    }
  }
  for (const { kind, images } of acts) {
    const [one = 0, other = 0] = images
    if (kind === 'same' || kind === 'merge') join(images)
    else if (kind === 'not-same') part(one, other)
    else if (kind === 'not-a-face') for (const image of images) people.delete(image)
    else if (kind === 'split') {
      const leaving = next++
      for (const image of images) people.set(image, leaving)
    }
  }
  const smallest = new Map<number, number>()
  for (const [image, person] of people) smallest.set(person, Math.min(image, smallest.get(person) ?? image))
  return new Map([...people].map(([image, person]) => [image, smallest.get(person) ?? image]))
}
