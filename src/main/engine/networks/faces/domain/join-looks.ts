import { blazeRules } from './detector-margins.ts'
import { isMiddleWithin, overlapOf, type Box } from './geometry.ts'
import { faceScore } from './stored-faces.ts'
import { suppressOverlaps, type Candidate } from './suppress-overlaps.ts'

const { sameFace } = blazeRules

interface JoinedFace {
  /** The surest candidate, which the others are compared with. */
  readonly lead: Box
  /** The surest candidate of each look that sees the face. */
  readonly seen: Map<number, Candidate>
}

const sides = ['x', 'y', 'width', 'height'] as const

/** The mean of the boxes, each weighing as much as its look is sure. */
function blendBoxes(seen: readonly Candidate[]): Box {
  const total = seen.reduce((sum, { score }) => sum + score, 0)
  const [x = 0, y = 0, width = 0, height = 0] = sides.map(
    (side) => seen.reduce((sum, { box, score }) => sum + score * box[side], 0) / total,
  )
  return { x, y, width, height }
}

/**
 * What several looks at one picture find together, best first: the score of a face is the mean over all looks, one that does
 * not see it counting 0, so that a jacket that one of them takes for a face stays below.
 * @param looks each look's candidates, in pixels of the picture and without double ones
 */
export function joinLooks(looks: readonly (readonly Candidate[])[]): Candidate[] {
  const pool = looks
    .flatMap((candidates, look) => candidates.map((candidate) => ({ look, candidate })))
    .toSorted((a, b) => b.candidate.score - a.candidate.score)
  const faces: JoinedFace[] = []
  for (const { look, candidate } of pool) {
    const face = faces.find(({ lead }) => overlapOf(lead, candidate.box) > sameFace)
    if (face === undefined) faces.push({ lead: candidate.box, seen: new Map([[look, candidate]]) })
    else if (!face.seen.has(look)) face.seen.set(look, candidate)
  }
  return faces
    .map(({ seen }) => {
      const found = [...seen.values()]
      const score = found.reduce((sum, candidate) => sum + candidate.score, 0) / looks.length
      return { score, box: blendBoxes(found) }
    })
    .toSorted((a, b) => b.score - a.score)
}

/** Adds faces that only a closer look sees, best first; what it sees within a face is a part of that face. */
export function addSmallFaces(faces: readonly Candidate[], small: readonly Candidate[]): Candidate[] {
  const known = faces.filter(({ score }) => score >= faceScore)
  const news = small.filter(({ box }) => !known.some((face) => isMiddleWithin(box, face.box)))
  return news.length === 0 ? [...faces] : suppressOverlaps([...faces, ...news], sameFace)
}
