/**
 * Numbers images of known people by the person, and the others by their pixels.
 * @param people `[n]` number of the person, -1 where nobody is known
 * @param pixels `[n]` hashes
 * @returns `[n]` numbers from 0 on
 */
export function numberClusters(people: Int32Array, pixels: readonly string[]): Int32Array {
  const numbers = new Map<string | number, number>()
  return Int32Array.from(pixels, (hash, image) => {
    const person = people[image] ?? -1
    const key = person < 0 ? hash : person
    const number = numbers.get(key) ?? numbers.size
    numbers.set(key, number)
    return number
  })
}
