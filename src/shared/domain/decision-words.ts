import type { CheckId } from './checks.ts'

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

const reasonByCheck: Partial<Record<CheckId, RemoveReason>> = {
  greyscale: 'greyscale',
  blurry: 'distorted',
  noisy: 'distorted',
  compression: 'distorted',
  upscaled: 'distorted',
  banding: 'distorted',
  'colour-cast': 'distorted',
  'odd-aspect': 'distorted',
  dark: 'low-quality',
  light: 'low-quality',
  'low-information': 'low-quality',
  'odd-size': 'low-quality',
  border: 'low-quality',
  'small-face': 'low-quality',
  'off-centre-face': 'low-quality',
  'extreme-pose': 'low-quality',
  'occluded-face': 'low-quality',
  'uncertain-face': 'no-face',
  unreadable: 'unreadable',
  'exact-duplicate': 'duplicate',
  'near-duplicate': 'duplicate',
  'conflicting-labels': 'wrong-label',
  'no-face': 'no-face',
  'several-faces': 'several-faces',
  outlier: 'outlier',
  'neighbours-race': 'wrong-label',
  'neighbours-gender': 'wrong-label',
  'neighbours-age': 'wrong-label',
  'label-race': 'wrong-label',
  'label-gender': 'wrong-label',
  'label-age': 'wrong-label',
}

/** The reason that a removal gets where none is named: that of the queue it is made in. */
export const reasonOfCheck = (check: CheckId | null): RemoveReason =>
  check === null ? 'other' : (reasonByCheck[check] ?? 'other')
