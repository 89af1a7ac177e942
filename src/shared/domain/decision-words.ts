/** Why an image was removed. The codes stand in the catalogue and in exported files. */
export const removeReasons = {
  greyscale: 'Greyscale',
  'no-face': 'No face',
  'several-faces': 'Several faces',
  'wrong-label': 'Wrong label',
  distorted: 'Distorted',
  'low-quality': 'Low quality',
  duplicate: 'Duplicate',
  outlier: 'Does not belong',
  unreadable: 'Unreadable',
  other: 'Other',
} as const

export type RemoveReason = keyof typeof removeReasons
export const removeReasonCodes = Object.keys(removeReasons) as [RemoveReason, ...RemoveReason[]]
