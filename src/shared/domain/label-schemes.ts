import { lookUp } from './look-up.ts'

/** Genders as labelled by the data sets. */
const labelledGenders = ['Male', 'Female'] as const

/** Categories as the data sets label them; what annotators wrote, not facts about people. */
export const labelSchemes = {
  fairface7: {
    race: ['White', 'Black', 'Latino_Hispanic', 'East Asian', 'Southeast Asian', 'Indian', 'Middle Eastern'],
    gender: labelledGenders,
  },
  utkface5: {
    race: ['White', 'Black', 'Asian', 'Indian', 'Others'],
    gender: labelledGenders,
  },
  /** The neutral marks of the generated sample project; they stand for no people. */
  sample: {
    race: ['Plain ring', 'Double ring', 'Dashed ring', 'Dotted ring', 'Spoked ring'],
    gender: ['Round corners', 'Square corners'],
  },
} as const satisfies Record<string, { race: readonly string[]; gender: readonly string[] }>

export type LabelScheme = keyof typeof labelSchemes

export const labelSchemeNames = Object.keys(labelSchemes) as [LabelScheme, ...LabelScheme[]]

/** FairFace's nine age bins with their first and last year. */
export const ageBins = [
  { label: '0-2', from: 0, to: 2 },
  { label: '3-9', from: 3, to: 9 },
  { label: '10-19', from: 10, to: 19 },
  { label: '20-29', from: 20, to: 29 },
  { label: '30-39', from: 30, to: 39 },
  { label: '40-49', from: 40, to: 49 },
  { label: '50-59', from: 50, to: 59 },
  { label: '60-69', from: 60, to: 69 },
  { label: '70+', from: 70, to: Infinity },
] as const

export type AgeBin = (typeof ageBins)[number]['label']
export const ageBinLabels = ageBins.map((bin) => bin.label)
/** Middle of each bin in years; 70+ has no upper end and is taken for the decade from 70 to 79, so 75. */
export const ageBinMiddles = ageBins.map(({ from, to }) =>
  Number.isFinite(to) ? (from + to + 1) / 2 : from + 5,
)

/** The bin of an age in whole or fractional years; years below zero or not finite have none. */
export function binOfYears(years: number): AgeBin | null {
  if (!Number.isFinite(years) || years < 0) return null
  const whole = Math.floor(years)
  return ageBins.find((bin) => whole >= bin.from && whole <= bin.to)?.label ?? null
}

/**
 * UTKFace's categories in FairFace's scheme. "Asian" and "Others" have no single counterpart and map to
 * unknown (null) unless the user decides otherwise.
 */
const utkfaceToFairface: Readonly<Record<string, string | null>> = {
  White: 'White',
  Black: 'Black',
  Indian: 'Indian',
  Asian: null,
  Others: null,
}

/** A race label in another scheme, or null where no single counterpart exists. */
export function mapRace(label: string, from: LabelScheme, to: LabelScheme): string | null {
  if (from === to) return label
  if (from === 'utkface5' && to === 'fairface7') return lookUp(utkfaceToFairface, label) ?? null
  return null
}
