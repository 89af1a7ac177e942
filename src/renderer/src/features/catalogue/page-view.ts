/** Images that one call brings. */
export const pageRows = 200

/** Rows kept ready before and after what is in sight, so that scrolling meets no gap. */
const rowsAhead = 400

export function placeInPage(index: number): { readonly page: number; readonly row: number } {
  return { page: Math.floor(index / pageRows), row: index % pageRows }
}

/** The pages that hold what is in sight and what is next to it, nearest first. */
export function pagesOf(
  { first, last }: { readonly first: number; readonly last: number },
  total: number,
): number[] {
  if (total === 0) return []
  const end = Math.min(last, total - 1)
  const start = Math.min(first, end)
  const inSight = range(placeInPage(start).page, placeInPage(end).page)
  const around = range(
    placeInPage(Math.max(0, start - rowsAhead)).page,
    placeInPage(Math.min(total - 1, end + rowsAhead)).page,
  )
  return [...inSight, ...around.filter((page) => !inSight.includes(page))]
}

const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index)
