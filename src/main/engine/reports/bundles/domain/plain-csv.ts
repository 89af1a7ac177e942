/** Cells as RFC 4180 has them, in lines that hold no line break: enough for hashes, numbers and labels, and read by any program. */
export const joinCells = (cells: readonly string[]): string =>
  cells
    .map((cell) =>
      /[",\n\r]/.test(cell) ? `"${cell.replaceAll(/[\n\r]/g, ' ').replaceAll('"', '""')}"` : cell,
    )
    .join(',')

export function splitCells(line: string): string[] {
  if (!line.includes('"')) return line.split(',')
  const cells: string[] = []
  const pattern = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y
  while (pattern.lastIndex <= line.length) {
    const found = pattern.exec(line)
    // What follows no rule is a cell of its own, which no column takes.
    if (found === null) return [...cells, line.slice(pattern.lastIndex)]
    cells.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? '')
    if (found[3] === '') break
  }
  return cells
}
