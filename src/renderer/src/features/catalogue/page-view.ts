/** Images that one call brings. */
export const pageRows = 200

/** Images kept ready on both sides of what is in sight: at a screen a frame, half a second, in which a flight is seen to be one. */
const imagesAround = 1000
/** Images kept ready in the direction of a flight: at a screen a frame, most of a second. */
const imagesAhead = 2000

/** What is in sight, by its places, and where the view is heading. */
export interface Sight {
  readonly first: number
  /** Included. */
  readonly last: number
  readonly isFlying: boolean
  readonly isUpwards: boolean
}

export const firstSight: Sight = { first: 0, last: pageRows - 1, isFlying: false, isUpwards: false }

export function placeInPage(index: number): { readonly page: number; readonly row: number } {
  return { page: Math.floor(index / pageRows), row: index % pageRows }
}

/** What is in sight now; the same object while neither its pages nor the way of moving change. */
export function moveSight(before: Sight, now: Pick<Sight, 'first' | 'last' | 'isFlying'>): Sight {
  const isSame =
    placeInPage(before.first).page === placeInPage(now.first).page &&
    placeInPage(before.last).page === placeInPage(now.last).page &&
    before.isFlying === now.isFlying
  return isSame ? before : { ...now, isUpwards: now.first < before.first }
}

/** The pages that hold what is in sight. */
export function pagesInSight({ first, last }: Sight, total: number): number[] {
  if (total === 0) return []
  const end = Math.min(last, total - 1)
  return range(placeInPage(Math.min(first, end)).page, placeInPage(end).page)
}

/** The pages that hold what is in sight and what comes next, nearest first; in a flight nothing behind. */
export function pagesOf(sight: Sight, total: number): number[] {
  if (total === 0) return []
  const { first, last, isFlying, isUpwards } = sight
  const end = Math.min(last, total - 1)
  const start = Math.min(first, end)
  const before = isFlying ? (isUpwards ? imagesAhead : 0) : imagesAround
  const after = isFlying ? (isUpwards ? 0 : imagesAhead) : imagesAround
  const [startPage, endPage] = [placeInPage(start).page, placeInPage(end).page]
  return [
    ...pagesInSight(sight, total),
    ...range(endPage + 1, placeInPage(Math.min(total - 1, end + after)).page),
    ...range(placeInPage(Math.max(0, start - before)).page, startPage - 1).toReversed(),
  ]
}

const range = (first: number, last: number): number[] =>
  Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index)
