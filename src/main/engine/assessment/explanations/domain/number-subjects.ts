/**
 * Who or what moves as one when groups are dealt out: a known person, or a set of copies of whom nobody is known. An image of nobody known that the
 * split keeps together with those of one known person, as a copy or near copy, is taken for that person's.
 * @param people `[n]` number of the person, -1 where nobody is known
 * @param copies `[n]` number of the set of copies that an image stands in, alone or not
 * @returns `[n]` numbers from 0 on
 */
export function numberSubjects(people: Int32Array, copies: Int32Array): Int32Array {
  const knownOf = new Map<number, Set<number>>()
  people.forEach((person, at) => {
    if (person < 0) return
    const set = copies[at] ?? -1
    knownOf.set(set, (knownOf.get(set) ?? new Set()).add(person))
  })
  const numbers = new Map<string, number>()
  return Int32Array.from(people, (person, at) => {
    const set = copies[at] ?? -1
    const [only, ...others] = knownOf.get(set) ?? []
    const owner = person >= 0 ? person : others.length === 0 ? (only ?? -1) : -1
    const key = owner >= 0 ? `person ${owner}` : `copies ${set}`
    const number = numbers.get(key) ?? numbers.size
    numbers.set(key, number)
    return number
  })
}
