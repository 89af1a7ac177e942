import type { ShortcutReport } from '#shared/contract/shortcut.contract.ts'
import { formatEstimate, formatShare } from '#shared/domain/format.ts'
import { lookUp } from '#shared/domain/look-up.ts'

type ShortcutOfTask = ShortcutReport['tasks'][number]

const propertyTitles: Readonly<Record<string, string>> = {
  bytes: 'size of the file',
  blurriness: 'sharpness of edges',
  blurrinessGrayscaleStd: 'unevenness of the grey histogram',
  cast: 'colour cast',
  levels: 'share of grey levels in use',
  repeats: 'repeated rows and columns',
  tintA: 'tint, green to red',
  tintB: 'tint, blue to yellow',
}

const ordinal = (n: number): string => `${n}${n === 1 ? 'st' : 'th'}`

/** "hue spread" from "hueSpread"; some by words of their own. */
export function describeProperty(name: string): string {
  const percentile = /^brightnessPerc(\d+)$/.exec(name)?.[1]
  if (percentile !== undefined) return `brightness, ${ordinal(Number(percentile))} percentile`
  return (
    lookUp(propertyTitles, name) ??
    name
      .replaceAll(/[_-]+/g, ' ')
      .replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, ' ')
      .toLowerCase()
  )
}

/** What the figures say of a label, in one or two sentences. */
export function describeShortcut({ task, together, chance, isRisk, properties }: ShortcutOfTask): string {
  const told = `${formatEstimate(together)}, where blind guessing gives ${formatShare(chance)}`
  if (!isRisk) return `Properties of file and picture hardly tell the ${task} label: ${told}.`
  const [most] = properties
  const alone =
    most === undefined
      ? ''
      : ` Most telling alone: ${describeProperty(most.name)}, ${formatEstimate(most.accuracy)}.`
  return `Properties of file and picture give the ${task} label away: ${told}. A model can learn them in place of the face.${alone}`
}

/** What a person can do about it. */
export function adviseShortcut({ task, isRisk }: ShortcutOfTask): string {
  if (!isRisk) return 'Nothing to do.'
  return `Look at the picture checks' flag rates by ${task} label, and remove what differs for no good reason. Bring all files to one size and compression, or train with augmentation that varies these properties. Then compare the accuracy by ${task} again.`
}
