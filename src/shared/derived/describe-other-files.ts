import type { ImportResult } from '#shared/contract/dataset.contract.ts'
import { formatCount } from '#shared/domain/format.ts'

const listedEndings = 5

/** "3 other files: 2 .txt, 1 without an ending"; null where there are none. */
export function describeOtherFiles(otherFiles: ImportResult['otherFiles']): string | null {
  const total = otherFiles.reduce((sum, { files }) => sum + files, 0)
  if (total === 0) return null
  const listed = otherFiles
    .slice(0, listedEndings)
    .map(({ ending, files }) => `${formatCount(files)} ${ending === '' ? 'without an ending' : ending}`)
  const more = otherFiles.length > listedEndings ? ', and others' : ''
  return `${formatCount(total)} other ${total === 1 ? 'file' : 'files'}: ${listed.join(', ')}${more}`
}
