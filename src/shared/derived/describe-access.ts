import type { AccessKind, AccessLine } from '../contract/access.contract.ts'

export const accessWords = {
  opened: 'Opened',
  imported: 'Imported',
  exported: 'Exported',
  predicted: 'Predicted',
  explained: 'Explained',
  served: 'Served',
  'backed-up': 'Backed up',
  restored: 'Restored',
  unsealed: 'Unsealed',
  evaluated: 'Evaluated the test part',
  erased: 'Erased',
  'import-undone': 'Import taken back',
  'audience-set': 'Readers set',
  'purpose-recorded': 'Purpose recorded',
  'purpose-ended': 'Purpose ended',
  'tasks-guarded': 'Tasks guarded',
} as const satisfies Record<AccessKind, string>

const sha256 = /^[0-9a-f]{64}$/

/** Of a hash its beginning, as everywhere; the whole stands in the exported log. */
function describeValue(value: unknown): string {
  if (typeof value === 'string') return sha256.test(value) ? value.slice(0, 12) : value
  if (Array.isArray(value)) {
    return value.length > 3 ? `${value.length} of them` : value.map(describeValue).join(' ')
  }
  return JSON.stringify(value)
}

const isSaying = (value: unknown): boolean =>
  value !== null && value !== false && !(Array.isArray(value) && value.length === 0)

/** "what split, rows 100, file /out/split.csv": what a line says of what it was about. */
export function describeSubject({ subject, named }: Pick<AccessLine, 'subject' | 'named'>): string {
  return Object.entries({ ...subject, ...named })
    .filter(([, value]) => isSaying(value))
    .map(([name, value]) => (value === true ? nameWords(name) : `${nameWords(name)} ${describeValue(value)}`))
    .join(', ')
}

/** "model sha256" for `modelSha256`. */
const nameWords = (name: string): string => name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase()
