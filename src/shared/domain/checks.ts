/**
 * The checks of a scan. Each gives an image a score in [0, 1], low is bad; what is flagged is decided by a cut on the
 * score or, where `cut` is null, by the check's own rule. A flag asks a person to look and decides nothing.
 */
export interface CheckSpec {
  /** Stands in the catalogue in place of the name; never reused. */
  readonly code: number
  /** What the scan has to have worked out for it. */
  readonly source: 'pixels' | 'duplicates' | 'faces' | 'embeddings' | 'labels'
  readonly title: string
  /** One sentence on what a flag means. */
  readonly help: string
  /** Images that score below are flagged; null where the check decides by a rule of its own. */
  readonly cut: number | null
}

export const checks = {
  greyscale: {
    code: 1,
    source: 'pixels',
    title: 'Greyscale',
    help: 'Black-and-white, sepia or tinted: the picture has one hue or none.',
    cut: 0.5,
  },
  dark: { code: 2, source: 'pixels', title: 'Dark', help: 'Even its brightest parts are dark.', cut: 0.32 },
  light: { code: 3, source: 'pixels', title: 'Light', help: 'Even its darkest parts are light.', cut: 0.05 },
  'low-information': {
    code: 4,
    source: 'pixels',
    title: 'Low information',
    help: 'Few grey levels are used: blank, nearly uniform or posterised.',
    cut: 0.32,
  },
  blurry: { code: 5, source: 'pixels', title: 'Blurry', help: 'Edges are soft for its size.', cut: 0.29 },
  noisy: { code: 6, source: 'pixels', title: 'Noisy', help: 'Random grain covers the picture.', cut: 0.5 },
  'odd-aspect': {
    code: 7,
    source: 'pixels',
    title: 'Odd aspect',
    help: 'Much wider than high, or stretched.',
    cut: 0.35,
  },
  'odd-size': {
    code: 8,
    source: 'pixels',
    title: 'Odd size',
    help: 'Far larger or smaller than the other images of its data set.',
    cut: 0.5,
  },
  compression: {
    code: 9,
    source: 'pixels',
    title: 'Heavy compression',
    help: 'Edges stand at the borders of the 8-pixel blocks of JPEG.',
    cut: 0.5,
  },
  upscaled: {
    code: 10,
    source: 'pixels',
    title: 'Upscaled',
    help: 'Made larger than it was: the finest detail is missing or comes in squares.',
    cut: 0.5,
  },
  banding: { code: 11, source: 'pixels', title: 'Banding', help: 'Smooth areas fall into steps.', cut: 0.5 },
  'colour-cast': {
    code: 12,
    source: 'pixels',
    title: 'Colour cast',
    help: 'One colour lies over everything.',
    cut: 0.5,
  },
  border: {
    code: 13,
    source: 'pixels',
    title: 'Border',
    help: 'A constant frame or bar stands at an edge.',
    cut: 0.5,
  },
  unreadable: {
    code: 14,
    source: 'pixels',
    title: 'Unreadable',
    help: 'The file is missing, broken, cut short or not what its name says.',
    cut: null,
  },
  'exact-duplicate': {
    code: 20,
    source: 'duplicates',
    title: 'Exact duplicate',
    help: 'Another file has the same bytes or the same pixels.',
    cut: null,
  },
  'near-duplicate': {
    code: 21,
    source: 'duplicates',
    title: 'Near duplicate',
    help: 'Another image is nearly the same: cropped, re-compressed, retouched.',
    cut: null,
  },
  'conflicting-labels': {
    code: 22,
    source: 'duplicates',
    title: 'Conflicting labels',
    help: 'Copies of one picture carry different labels.',
    cut: null,
  },
  'no-face': { code: 30, source: 'faces', title: 'No face', help: 'The detector finds no face.', cut: 0.5 },
  'several-faces': {
    code: 31,
    source: 'faces',
    title: 'Several faces',
    help: 'More than one face is large enough to be the subject.',
    cut: 0.5,
  },
  'small-face': {
    code: 32,
    source: 'faces',
    title: 'Small face',
    help: 'The face takes a small part of the picture.',
    cut: 0.5,
  },
  'off-centre-face': {
    code: 33,
    source: 'faces',
    title: 'Off-centre face',
    help: 'The face stands far from the middle.',
    cut: 0.5,
  },
  'extreme-pose': {
    code: 34,
    source: 'faces',
    title: 'Extreme pose',
    help: 'The head is turned or tilted far.',
    cut: 0.5,
  },
  'occluded-face': {
    code: 35,
    source: 'faces',
    title: 'Occluded face',
    help: 'Landmarks do not fit a face that is seen whole.',
    cut: 0.5,
  },
  'uncertain-face': {
    code: 36,
    source: 'faces',
    title: 'Uncertain face',
    help: 'The detector is little sure of the face.',
    cut: 0.5,
  },
  outlier: {
    code: 40,
    source: 'embeddings',
    title: 'Outlier',
    help: 'Far from its nearest neighbours within the same label.',
    cut: null,
  },
  'neighbours-race': {
    code: 41,
    source: 'embeddings',
    title: 'Neighbours: race',
    help: 'Its nearest neighbours carry another race label.',
    cut: 0.3,
  },
  'neighbours-gender': {
    code: 42,
    source: 'embeddings',
    title: 'Neighbours: gender',
    help: 'Its nearest neighbours carry another gender label.',
    cut: 0.3,
  },
  'neighbours-age': {
    code: 43,
    source: 'embeddings',
    title: 'Neighbours: age',
    help: 'Its nearest neighbours are labelled much younger or older.',
    cut: 0.3,
  },
  'label-race': {
    code: 50,
    source: 'labels',
    title: 'Label: race',
    help: 'A model that never saw the image gives another race.',
    cut: null,
  },
  'label-gender': {
    code: 51,
    source: 'labels',
    title: 'Label: gender',
    help: 'A model that never saw the image gives another gender.',
    cut: null,
  },
  'label-age': {
    code: 52,
    source: 'labels',
    title: 'Label: age',
    help: 'A model that never saw the image gives an age far away.',
    cut: null,
  },
} as const satisfies Record<string, CheckSpec>

export type CheckId = keyof typeof checks
export const checkIds = Object.keys(checks) as [CheckId, ...CheckId[]]

const idOfCode = new Map<number, CheckId>(checkIds.map((id) => [checks[id].code, id]))

/** Null for a check of another version of Evenhand. */
export const checkOfCode = (code: number): CheckId | null => idOfCode.get(code) ?? null
