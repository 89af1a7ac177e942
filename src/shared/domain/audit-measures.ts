import { lookUp } from './look-up.ts'

/** What pictures of a data set may differ in, beside the people: each as a scan measured it, in its unit. */
export const auditMeasures = {
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
} as const satisfies Record<string, { title: string; unit: string; about: string }>

export type AuditMeasure = keyof typeof auditMeasures
export const auditMeasureNames = Object.keys(auditMeasures) as [AuditMeasure, ...AuditMeasure[]]

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
