import { createHash } from 'node:crypto'

const share = 0.3
const range = 2 ** 32

/**
 * Whether a picture of the research data is set aside: cuts are chosen on the others, and what is reported of them is
 * measured on these alone. Drawn by name, so that every bench sets the same pictures aside.
 */
export function isAside(fileName: string): boolean {
  const hash = createHash('sha256').update(`evenhand-aside-1:${fileName}`).digest('hex')
  return Number.parseInt(hash.slice(0, 8), 16) < share * range
}
