import type { MemberImage } from '#engine/data/members/member-images.ts'

/** Which images a split keeps together, as of one person or copies and near copies of one picture, as numbers from 0 on. */
export function numberGroups(images: readonly Pick<MemberImage, 'groupKey'>[]): Int32Array {
  const numbers = new Map<string, number>()
  return Int32Array.from(images, ({ groupKey }) => {
    const number = numbers.get(groupKey) ?? numbers.size
    numbers.set(groupKey, number)
    return number
  })
}
