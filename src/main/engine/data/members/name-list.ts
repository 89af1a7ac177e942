import { AppError } from '#shared/contract/errors.ts'

/** The name that was asked for, or the next free number. Throws CONFLICT for a name in use. */
export function nameList(
  wanted: string | undefined,
  { kind, taken }: { readonly kind: 'snapshot' | 'split'; readonly taken: ReadonlySet<string> },
): string {
  if (wanted !== undefined) {
    if (!taken.has(wanted)) return wanted
    throw new AppError(
      'CONFLICT',
      `There already is a ${kind} named ${JSON.stringify(wanted)}. Choose another name.`,
      { details: { name: wanted } },
    )
  }
  const stem = kind === 'split' ? 'Split' : 'Snapshot'
  let number = taken.size + 1
  while (taken.has(`${stem} ${number}`)) number++
  return `${stem} ${number}`
}
