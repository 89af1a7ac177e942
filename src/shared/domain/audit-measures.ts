import { lookUp } from './look-up.ts'

/** What an audit asks of a data set's pictures, beside how evenly, finely and largely it is made. */
export const measureCriteria = {
  diversity: 'Light, sharpness, size and pose',
  background: 'Background',
  quality: 'Face quality (ISO/IEC 29794-5:2025)',
  skin: 'Apparent skin colour',
} as const
export type MeasureCriterion = keyof typeof measureCriteria

interface MeasureFacts {
  readonly title: string
  readonly unit: string
  readonly about: string
  readonly criterion: MeasureCriterion
}

const inPictures = {
  brightness: { title: 'Brightness', unit: '0 to 1', about: 'mean perceived brightness of the picture' },
  contrast: { title: 'Contrast', unit: '0 to 1', about: '95th less 5th percentile of brightness' },
  chroma: { title: 'Colour', unit: 'CIELAB', about: '95th percentile of chroma; near 0 in greyscale' },
  cast: { title: 'Colour cast', unit: 'CIELAB', about: 'chroma that even the least coloured tenth has' },
  smear: {
    title: 'Blur',
    unit: 'share of the side',
    about: 'smear of the steepest edges, of the longer side',
  },
  noise: { title: 'Noise', unit: 'grey levels', about: 'standard deviation of grain' },
  shortSide: { title: 'Picture size', unit: 'pixels', about: 'shorter side of the picture' },
  faceWidth: { title: 'Face size', unit: 'pixels', about: "width of the main face's box" },
  faceShare: {
    title: 'Face share',
    unit: '0 to 1',
    about: "share of the picture that the main face's box takes",
  },
  yaw: { title: 'Turned aside', unit: 'degrees', about: 'size of the yaw of the main face' },
  pitch: { title: 'Looks up or down', unit: 'degrees', about: 'pitch of the main face, up above 0' },
} as const

const behindFaces = {
  backgroundLightness: {
    title: 'Background lightness',
    unit: 'L*, 0 to 100',
    about: 'mean lightness outside of the faces',
  },
  backgroundSpread: {
    title: 'Background contrast',
    unit: 'L*',
    about: 'standard deviation of lightness outside of the faces',
  },
  backgroundDetail: {
    title: 'Background detail',
    unit: 'L*',
    about: 'mean difference of neighbouring places; near 0 before an even wall',
  },
  backgroundChroma: {
    title: 'Background colour',
    unit: 'CIELAB',
    about: 'mean chroma outside of the faces',
  },
} as const

/** Components of ISO/IEC 29794-5:2025 that pixels and landmarks give; what each falls with. */
export const qualityComponents = {
  illuminationUniformity: {
    title: 'Illumination uniformity',
    about: 'falls where one cheek is lit otherwise than the other',
  },
  luminanceMean: { title: 'Luminance mean', about: 'falls where the face is dark or glaring on the whole' },
  luminanceVariance: { title: 'Luminance variance', about: 'falls where the face is flat or harshly lit' },
  underExposurePrevention: {
    title: 'Under-exposure prevention',
    about: 'falls with the share of the face that is nearly black',
  },
  overExposurePrevention: {
    title: 'Over-exposure prevention',
    about: 'falls with the share of the face that is nearly white',
  },
  dynamicRange: { title: 'Dynamic range', about: 'entropy of the luminance of the face' },
  naturalColour: {
    title: 'Natural colour',
    about: 'falls where cheeks are green, blue or very red; the standard gives greyscale 100',
  },
  singleFacePresent: { title: 'Single face present', about: 'falls with the size of a second face' },
  eyesOpen: { title: 'Eyes open', about: 'falls as the narrower eye closes' },
  mouthClosed: { title: 'Mouth closed', about: 'falls as the mouth opens' },
  interEyeDistance: { title: 'Inter-eye distance', about: 'falls below 100 pixels between the eyes' },
  headSize: { title: 'Head size', about: 'falls where the head is small or large in the picture' },
  leftwardCrop: { title: 'Leftward crop of the face', about: 'falls where the left edge cuts the face' },
  rightwardCrop: { title: 'Rightward crop of the face', about: 'falls where the right edge cuts the face' },
  marginAbove: { title: 'Margin above of the face', about: 'falls where little is left above the eyes' },
  marginBelow: { title: 'Margin below of the face', about: 'falls where little is left below the eyes' },
  headPoseYaw: { title: 'Head pose: yaw', about: 'falls as the head turns aside' },
  headPosePitch: { title: 'Head pose: pitch', about: 'falls as the head nods' },
  headPoseRoll: { title: 'Head pose: roll', about: 'falls as the head tilts' },
} as const satisfies Record<string, { title: string; about: string }>

export type QualityComponent = keyof typeof qualityComponents
export const qualityComponentNames = Object.keys(qualityComponents) as [
  QualityComponent,
  ...QualityComponent[],
]

export const mapComponents = <Value>(
  read: (name: QualityComponent) => Value,
): Record<QualityComponent, Value> =>
  Object.fromEntries(qualityComponentNames.map((name) => [name, read(name)])) as Record<
    QualityComponent,
    Value
  >

const ofSkin = {
  skinLightness: {
    title: 'Skin lightness',
    unit: 'L*, 0 to 100',
    about: 'apparent lightness of cheeks and nose under the light of the picture',
  },
  skinHue: {
    title: 'Skin hue',
    unit: 'degrees',
    about: 'apparent hue angle of cheeks and nose: 0 is red, 90 yellow',
  },
} as const

type InPicture = keyof typeof inPictures | keyof typeof behindFaces | keyof typeof ofSkin
export type AuditMeasure = InPicture | QualityComponent

const give = <Name extends string>(
  measures: Readonly<Record<Name, { title: string; unit?: string; about: string }>>,
  criterion: MeasureCriterion,
): Record<Name, MeasureFacts> =>
  Object.fromEntries(
    Object.entries<{ title: string; unit?: string; about: string }>(measures).map(([name, facts]) => [
      name,
      { unit: '0 to 100', ...facts, criterion },
    ]),
  ) as Record<Name, MeasureFacts>

/** What pictures of a data set may differ in, beside the people, each in its unit. */
export const auditMeasures: Readonly<Record<AuditMeasure, MeasureFacts>> = {
  ...give(inPictures, 'diversity'),
  ...give(behindFaces, 'background'),
  ...give(qualityComponents, 'quality'),
  ...give(ofSkin, 'skin'),
}
export const auditMeasureNames = Object.keys(auditMeasures) as [AuditMeasure, ...AuditMeasure[]]

/** From here on apparent skin is called light, and yellow; below it dark, and red (Thong, Joniak, Xiang 2023). */
export const skinThresholds = { lightness: 60, hue: 55 } as const
export const skinCells = [
  { tone: 'light', hue: 'red' },
  { tone: 'light', hue: 'yellow' },
  { tone: 'dark', hue: 'red' },
  { tone: 'dark', hue: 'yellow' },
] as const

/** Why the apparent skin colour of an image is not told. */
export const skinReasons = {
  unmeasured: 'not measured yet',
  unreadable: 'file not read',
  noFace: 'no face found',
  grey: 'of one hue or none',
  clipped: 'burnt out or black',
  small: 'face too small',
  cut: 'face cut off',
  turned: 'turned aside by more than 45 degrees',
} as const
export type SkinLeftOut = keyof typeof skinReasons
export const skinLeftOuts = Object.keys(skinReasons) as [SkinLeftOut, ...SkinLeftOut[]]

/** What apparent skin colour says, and what it does not. */
export const skinSays =
  'Apparent skin colour is that of cheeks and nose in this picture, under its light and through its camera. It is shown beside race and stands for neither race nor a person: what of it is the light is told by how far pictures of one person differ.'

/** How a data set is cut into groups to see how evenly it is filled. */
export const parityAxes = {
  race: ['race'],
  gender: ['gender'],
  age: ['age'],
  raceGender: ['race', 'gender'],
  cells: ['race', 'gender', 'age'],
} as const

export type ParityAxis = keyof typeof parityAxes
export const parityAxisNames = Object.keys(parityAxes) as [ParityAxis, ...ParityAxis[]]

const axisTitles: Readonly<Record<ParityAxis, string>> = {
  race: 'Race',
  gender: 'Gender',
  age: 'Age',
  raceGender: 'Race and gender',
  cells: 'Race, gender and age',
}
export const titleOfAxis = (axis: ParityAxis): string => lookUp(axisTitles, axis) ?? axis

/** Fewer images than this say little of a group by themselves: below it no group's figure is drawn anywhere. */
export const smallCell = 30
/** The number of images that the method asks a data set for. */
export const wantedImages = 100_000
