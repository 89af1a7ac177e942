import { joinCells, splitCells } from './plain-csv.ts'

/** An image of the split: its file by its hash, its part, and which others it belongs with. */
export interface BundleMember {
  readonly sha256: string
  readonly part: string
  /** Number of its person or set of copies, the same over all parts. */
  readonly group: number
}

const header = 'sha256,part,group'

export const writeMembers = (members: readonly BundleMember[]): Uint8Array =>
  Buffer.from(
    `${[header, ...members.map(({ sha256, part, group }) => joinCells([sha256, part, String(group)]))].join('\n')}\n`,
  )

/** @param refuse says what is wrong with it, and throws */
export function readMembers(text: string, refuse: (reason: string) => never): BundleMember[] {
  const lines = text.split('\n')
  if (lines.pop() !== '' || lines.shift() !== header) refuse(`it is no table of ${header}`)
  return lines.map((line, row) => {
    const [sha256 = '', part = '', group = '', ...more] = splitCells(line)
    const isRead =
      /^[0-9a-f]{64}$/.test(sha256) && /^(train|val|test)$/.test(part) && /^(0|[1-9]\d{0,9})$/.test(group)
    if (!isRead || more.length > 0) refuse(`line ${row + 2} is no hash, part and number`)
    return { sha256, part, group: Number(group) }
  })
}
