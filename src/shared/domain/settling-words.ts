interface Settling {
  readonly choice: string
  /** Of the picture. */
  readonly isChanged: boolean
  /** What of the picture could not be taken back. */
  readonly conflicts: readonly { readonly message: string }[]
}

/** What settling has done. A picture that stays as it is although its settlement was taken back must be told. */
export function describeSettling({ choice, isChanged, conflicts }: Settling): string {
  if (choice === 'unsure') return 'Marked as unsure; the picture stays as it is.'
  if (choice !== 'open') return isChanged ? 'Settled.' : 'Settled; the picture stood so already.'
  if (conflicts.length === 0)
    return isChanged
      ? 'Taken back.'
      : 'Taken back; settling had not changed the picture, which stays as it is.'
  const stays = isChanged ? 'a part of the picture stays as it is' : 'the picture stays as it is'
  return `Taken back, but ${stays}. ${conflicts.map(({ message }) => message).join(' ')}`
}
