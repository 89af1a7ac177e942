import type { AccessKind, AccessLine } from '../contract/access.contract.ts'

export const accessWords = {
  opened: 'Opened',
  imported: 'Imported',
  exported: 'Exported',
  predicted: 'Predicted',
  served: 'Served',
  'backed-up': 'Backed up',
  restored: 'Restored',
  unsealed: 'Unsealed',
  erased: 'Erased',
  'audience-set': 'Readers set',
  'purpose-recorded': 'Purpose recorded',
  'purpose-ended': 'Purpose ended',
  'tasks-guarded': 'Tasks guarded',
} as const satisfies Record<AccessKind, string>

const describeValue = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** "what split, rows 100, file /out/split.csv": all that a line says of what it was about. */
export function describeSubject({ subject, named }: Pick<AccessLine, 'subject' | 'named'>): string {
  return Object.entries({ ...subject, ...named })
    .map(([name, value]) => `${name} ${describeValue(value)}`)
    .join(', ')
}
