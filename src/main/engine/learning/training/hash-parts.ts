import { createHash } from 'node:crypto'
import type { DataSnapshot } from '#shared/contract/run.contract.ts'
import type { MemberImage } from '#engine/data/members/member-images.ts'

/** Hash over files and labels as used, in an order that depends on them alone: equal for equal images anywhere. */
function hashUsed(images: readonly MemberImage[]): string {
  const lines = images.map(({ fileSha256, race, gender, ageBin, ageYears }) =>
    JSON.stringify([fileSha256, race, gender, ageBin, ageYears]),
  )
  const hash = createHash('sha256')
  for (const line of lines.sort()) hash.update(`${line}\n`)
  return hash.digest('hex')
}

/** What a run records of the images that teach it and of those that measure it. */
export const hashParts = ({
  train,
  validation,
}: Readonly<Record<'train' | 'validation', readonly MemberImage[]>>): DataSnapshot => ({
  train: { images: train.length, sha256: hashUsed(train) },
  validation: { images: validation.length, sha256: hashUsed(validation) },
})
