import type { ImageAnswer } from '#shared/contract/evaluation.contract.ts'
import type { ImageTile } from '#shared/contract/image.contract.ts'
import { checks } from '#shared/domain/checks.ts'
import { partName } from '#shared/contract/split.contract.ts'
import { formatCategory } from './format.ts'
import { partTitles, tasksForReading } from './task-words.ts'

/** "labelled White, Female, 20-29"; what is missing is left out. */
export function describeLabels(tile: Pick<ImageTile, 'race' | 'gender' | 'ageYears' | 'ageBin'>): string {
  const age = tile.ageYears === null ? tile.ageBin : `${tile.ageYears} years`
  const words = [tile.race, tile.gender, age].filter((word) => word !== null).map(formatCategory)
  return words.length === 0 ? 'no labels' : `labelled ${words.join(', ')}`
}

/** The checks that flag it, in words. */
export const findingTitles = ({ findings }: Pick<ImageTile, 'findings'>): string =>
  findings.map((check) => checks[check].title).join(', ')

/** The labels, and what people and checks say of the image. */
export function describeTile(tile: ImageTile): string {
  return [
    describeLabels(tile),
    ...(tile.status === 'undecided' ? [] : [tile.status]),
    ...(tile.isIdentitySuspect ? ['identity suspect'] : []),
    ...(tile.findings.length === 0 ? [] : [`found: ${findingTitles(tile)}`]),
  ].join(', ')
}

/** What can stand below a picture, each in a line of its own. */
export const captionKinds = ['labels', 'findings', 'prediction', 'part'] as const
export type CaptionKind = (typeof captionKinds)[number]

export const captionTitles = {
  labels: 'Labels',
  findings: 'Findings by name',
  prediction: 'Prediction of the newest evaluation',
  part: 'Part of the split',
} as const satisfies Record<CaptionKind, string>

export interface CaptionOf {
  readonly tile: ImageTile
  /** In the split that is spoken of. */
  readonly part: string | null
  readonly answers: readonly ImageAnswer[]
}

const joined = (words: readonly (string | null)[], none: string): string => {
  const known = words.filter((word) => word !== null).map(formatCategory)
  return known.length === 0 ? none : known.join(' · ')
}

function describeAnswers(answers: readonly ImageAnswer[]): string {
  const words = tasksForReading.map((task) => {
    const answer = answers.find((one) => one.task === task)
    if (answer === undefined) return null
    return answer.years === null ? answer.label : answer.years.toFixed(1)
  })
  return answers.length === 0 ? 'no prediction' : `predicted ${joined(words, '')}`
}

/** One line for each kind that is wanted. */
export function describeCaption(kinds: readonly CaptionKind[], { tile, part, answers }: CaptionOf): string[] {
  return captionKinds
    .filter((kind) => kinds.includes(kind))
    .map((kind) => {
      switch (kind) {
        case 'labels':
          return joined(
            [tile.race, tile.gender, tile.ageYears === null ? tile.ageBin : String(tile.ageYears)],
            'no labels',
          )
        case 'findings':
          return tile.findings.length === 0 ? 'no finding' : findingTitles(tile)
        case 'prediction':
          return describeAnswers(answers)
        case 'part': {
          const known = partName.safeParse(part)
          return known.success ? partTitles[known.data] : 'in no part'
        }
        default:
          return kind satisfies never
      }
    })
}
