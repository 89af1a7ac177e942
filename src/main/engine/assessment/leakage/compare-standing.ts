import { createJudge } from './domain/judge-pairs.ts'
import { listBreaks } from './domain/judge-state.ts'
import { countJoins, listCutNear } from './domain/tied-images.ts'
import type { LeakDeps } from './find-leaks.ts'
import { hashInputs, readFaces } from './hash-inputs.ts'
import type { StandingTask, StoodFor } from './leakage-task.ts'
import { placeImages } from './split-ties.ts'

/** Groups of near copies in several parts of which no pair is listed. */
export function countUnlisted(
  cutNear: readonly (readonly number[])[],
  listed: readonly { readonly a: number; readonly b: number }[],
): number {
  const seen = new Map<number, Set<number>>()
  for (const { a, b } of listed) seen.set(a, (seen.get(a) ?? new Set()).add(b))
  return cutNear.filter((images) => {
    const among = new Set(images)
    return !images.some((image) => [...(seen.get(image) ?? [])].some((other) => among.has(other)))
  }).length
}

/** How certificates stand against the catalogue as it is now, without comparing pictures or faces again. */
export function compareStanding(
  task: StandingTask,
  { source, vectors, throwIfCancelled }: LeakDeps,
): StoodFor[] {
  const all = source.readImages()
  const byId = new Map(all.map((image) => [image.imageId, image]))
  const judge = createJudge(task.said, byId)
  return task.certificates.map(({ position, splitId, splitHash, findings }) => {
    throwIfCancelled()
    const members = source.readMembers(splitId)
    const placed = placeImages(all, members)
    const pictures = source.readPictures(splitId)
    const faces = readFaces(vectors, new Set(members.map(({ imageId }) => imageId)))
    const joins = countJoins(placed)
    const judgePair = ({ a, b }: { readonly a: number; readonly b: number }) => {
      const [one, other] = [byId.get(a), byId.get(b)]
      // One of them is erased: nothing of it can leak any more.
      return one === undefined || other === undefined ? ('not-same' as const) : judge(one, other)
    }
    return {
      position,
      joins,
      broken: listBreaks(
        { ...findings, splitHash },
        {
          splitHash: source.readHash(splitId),
          joins,
          inputs: hashInputs({ members, images: byId, pictures, faces }),
          unlistedNear:
            findings.found.near > findings.nearPairs.length
              ? Math.max(0, listCutNear(placed).length - findings.nearGroups)
              : countUnlisted(listCutNear(placed), findings.nearPairs),
          threshold: faces.imageIds.length === 0 ? null : (task.inferred?.threshold ?? findings.threshold),
        },
      ),
      nearVerdicts: findings.nearPairs.map(judgePair),
      faceVerdicts: findings.facePairs.map(judgePair),
    }
  })
}
