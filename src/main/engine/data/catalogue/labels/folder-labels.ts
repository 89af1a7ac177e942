import type { ImportRequest } from '#shared/contract/dataset.contract.ts'
import type { LabelScheme } from '#shared/domain/label-schemes.ts'
import { readAgeText } from '#engine/data/catalogue/domain/age-text.ts'
import { readGenderText, readRaceText } from '#engine/data/catalogue/domain/category-text.ts'
import { noLabels, type ReadLabels } from '#engine/data/catalogue/domain/image-labels.ts'
import { splitPath, type LabelSource } from './label-source.ts'

type FolderTask = NonNullable<ImportRequest['folderTask']>

const origin = { file: null, column: 'folder name' } as const
const origins = { age: origin, gender: origin, race: origin, identity: origin }

function readFolderName(name: string, task: FolderTask, scheme: LabelScheme): ReadLabels {
  switch (task) {
    case 'identity':
      return { labels: { ...noLabels, identity: name }, repairs: [] }
    case 'race': {
      const { value, repair } = readRaceText(name, scheme)
      return { labels: { ...noLabels, race: value }, repairs: repair ? [repair] : [] }
    }
    case 'gender': {
      const { value, repair } = readGenderText(name, scheme)
      return { labels: { ...noLabels, gender: value }, repairs: repair ? [repair] : [] }
    }
    case 'age': {
      const { value, repair } = readAgeText(name)
      const age = { ageYears: value?.years ?? null, ageBin: value?.bin ?? null }
      return { labels: { ...noLabels, ...age }, repairs: repair ? [repair] : [] }
    }
    default:
      return task satisfies never
  }
}

/** The first folder below the source names the class of every image in it. */
export function createFolderLabels(task: FolderTask, scheme: LabelScheme): LabelSource {
  return {
    read: (path) => {
      const [folder] = splitPath(path).folders
      if (folder !== undefined) return { ...readFolderName(folder, task, scheme), origins }
      const reason = `The image lies in no class folder. Its ${task} is left missing.`
      return { labels: noLabels, repairs: [{ field: task, from: '', to: null, reason }], origins }
    },
    listLeftOver: () => [],
  }
}
