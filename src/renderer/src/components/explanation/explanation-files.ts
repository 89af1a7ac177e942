import type { Explanation, ExplanationMap } from '#shared/contract/explanation.contract.ts'
import { describeRecipe } from '#shared/derived/explanation-recipe.ts'
import { drawExplanationSvg } from '#shared/derived/explanation-svg.ts'
import { downloadText, downloadUrl } from '../plot/download.ts'

const nameFile = ({ picture, settings }: Explanation, { task }: ExplanationMap, ending: string): string =>
  `${picture.sha256.slice(0, 12)}-${settings.method}-${task}.${ending}`

/** The picture with the map over it, alone. */
export const savePng = (explanation: Explanation, map: ExplanationMap): void =>
  downloadUrl(map.overlay, nameFile(explanation, map, 'png'))

/** The map with what it shows and how far it can be relied on. */
export const saveSvg = (explanation: Explanation, map: ExplanationMap): void =>
  downloadText(drawExplanationSvg(explanation, map), {
    name: nameFile(explanation, map, 'svg'),
    type: 'image/svg+xml',
  })

/** All maps as numbers, with the recipe that makes them again. */
export const saveJson = (explanation: Explanation, map: ExplanationMap): void =>
  downloadText(describeRecipe(explanation), {
    name: nameFile(explanation, map, 'json'),
    type: 'application/json',
  })
