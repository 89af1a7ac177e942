import { changeKinds, type SensitivityResult } from '#shared/contract/sensitivity.contract.ts'
import { formatCount } from '#shared/domain/format.ts'
import { changeWords } from './changes.ts'

/** What a reader should know of how answers were changed, and of images that have none. */
export const noteSensitivity = ({
  images,
  unreadable,
  withoutFace,
  unlike,
}: Pick<SensitivityResult, 'images' | 'unreadable' | 'withoutFace' | 'unlike'>): string[] => [
  `Every picture was answered as it is and changed: ${changeKinds.map((kind) => `${kind} (${changeWords[kind]})`).join('; ')}. An answer flips where any change of a kind gives another label than the picture as it is.`,
  'A flip does not say which of the two answers is right, and a model that always gives one answer never flips.',
  ...(unreadable === 0
    ? []
    : [
        `${formatCount(unreadable)} images could not be read, or are no longer what was imported, and count nowhere.`,
      ]),
  ...(withoutFace === 0
    ? []
    : [
        `In ${formatCount(withoutFace)} of ${formatCount(images)} images no face was found, so that the whole picture was answered.`,
      ]),
  ...(unlike === 0
    ? []
    : [
        `Of ${formatCount(unlike)} images the picture as it is was answered otherwise here than in the evaluation, which was computed in another arithmetic, or saw the picture before it was shrunk.`,
      ]),
]
