import { readUtkfaceName } from '#engine/data/catalogue/domain/utkface-name.ts'
import { splitPath, type LabelSource } from './label-source.ts'

const origin = { file: null, column: 'file name' } as const
const origins = { age: origin, gender: origin, race: origin, identity: origin }

/** UTKFace keeps every label in the file's name. */
export const createUtkfaceLabels = (): LabelSource => ({
  read: (path) => ({ ...readUtkfaceName(splitPath(path).name), origins }),
  listLeftOver: () => [],
})
