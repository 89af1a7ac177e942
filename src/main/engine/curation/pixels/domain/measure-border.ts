import type { GreyImage } from '#engine/base/media/domain/rgb-image.ts'
import { pickShare } from './pick-rank.ts'

/** How a picture is read from one of its sides: `at(line, depth)`, depth 0 at the rim. */
interface Side {
  readonly lines: number
  readonly depth: number
  /** Where line 0 has its rim, and how far on the next line and the next depth are. */
  readonly first: number
  readonly perLine: number
  readonly perDepth: number
}

const placeOf = ({ first, perLine, perDepth }: Side, line: number, depth: number): number =>
  first + line * perLine + depth * perDepth

function listSides({
  width,
  height,
}: GreyImage): readonly [top: Side, bottom: Side, left: Side, right: Side] {
  const [across, down] = [
    { lines: width, depth: height, perLine: 1 },
    { lines: height, depth: width, perLine: width },
  ]
  return [
    { ...across, first: 0, perDepth: width },
    { ...across, first: (height - 1) * width, perDepth: -width },
    { ...down, first: 0, perDepth: 1 },
    { ...down, first: width - 1, perDepth: -1 },
  ]
}

/** What fills the place of a picture that is not there. */
interface Filling {
  readonly level: number
  /** Grey levels around it that count: JPEG rings beside a hard edge, and little where the picture itself is dark. */
  readonly within: number
  /** Lines of a side that it must take, as a share. */
  readonly leastRun: number
  /** Of an edge's lines, those that must end where a straight line has them. */
  readonly leastStraight: number
  /** Of the mean distance of its pixels from the level: dark hair, a bright wall and a soft backdrop are less even. */
  readonly mostUneven: number
}

/** Black and white are what programs fill with; another level is believed where it takes a whole side. */
const listFillings = (rim: number): readonly Filling[] => [
  ...[0, 255].flatMap((level) =>
    [4, 16].map((within) => ({ level, within, leastRun: 0.12, leastStraight: 0.6, mostUneven: 2.2 })),
  ),
  ...(rim > 16 && rim < 239
    ? [{ level: rim, within: 6, leastRun: 0.97, leastStraight: 0.75, mostUneven: 0.8 }]
    : []),
]

/** Pixels that an edge must reach into the picture. */
const leastDepthPixels = 2
/** Pixels from a straight line, at 200 pixels, within which an edge is straight. */
const straightWithin = 1.25
/** Turned farther, the same edge is seen better from the next side. */
const steepest = 1.2
/** Of an edge's lines, those that may end before it. */
const mostShort = 0.1
/** Grey levels by which the picture right behind the edge differs from the area right before it. */
const leastStep = 14
/** That step as a share of the one to farther in: a backdrop runs out softly. */
const leastHardness = 0.6
/** Pixels from the edge. */
const [beside, fartherIn] = [2, 6]

/** A straight edge with one level before it: depth `from + slope x (line - first)` on lines first to last. */
interface Edge {
  readonly first: number
  readonly last: number
  readonly from: number
  readonly slope: number
}

/** How many pixels from the rim each line keeps to a level; a single pixel that rings does not end it. */
function measureDepths(
  { data }: GreyImage,
  { side, filling: { level, within } }: { side: Side; filling: Filling },
  depths: Int32Array,
): void {
  for (let line = 0; line < side.lines; line++) {
    const rim = placeOf(side, line, 0)
    let depth = 0
    // One pixel that is not filled is passed over where the next one is.
    for (let next = 0; next < side.depth && next <= depth + (depth > 0 ? 1 : 0); next++)
      if (Math.abs((data[rim + next * side.perDepth] ?? 0) - level) <= within) depth = next + 1
    depths[line] = depth
  }
}

type Run = readonly [first: number, last: number]

/** Runs of lines that begin with the level. */
function* listRuns(depths: Int32Array, fewest: number): Generator<Run> {
  for (let first = 0; first < depths.length; first++) {
    if (depths[first] === 0) continue
    let last = first
    while (last + 1 < depths.length && depths[last + 1] !== 0) last += 1
    if (last - first + 1 >= fewest) yield [first, last]
    first = last
  }
}

/** Places of a run that lines are tried through, two at a time. */
const places = 10
/** Pixels below which a line has left the picture. */
const leastReach = 0.5

/**
 * The line that most depths lie on, from where it enters the picture to where it leaves it: the wedges of two neighbouring
 * sides meet in one run.
 */
function fitEdge(
  depths: Int32Array,
  { run: [first, last], fewest, tolerance }: { run: Run; fewest: number; tolerance: number },
): Edge | null {
  const at = (place: number): number => first + Math.round((place / (places - 1)) * (last - first))
  let best: Edge | null = null
  let most = 0
  for (let one = 0; one < places; one++) {
    for (let other = one + 1; other < places; other++) {
      const a = at(one)
      const b = at(other)
      if (b - a < fewest / 2) continue
      const depth = depths[a] ?? 0
      const slope = ((depths[b] ?? 0) - depth) / (b - a)
      if (Math.abs(slope) > steepest) continue
      let from = first
      let to = last
      while (depth + slope * (from - a) < leastReach) from += 1
      while (depth + slope * (to - a) < leastReach) to -= 1
      if (to - from + 1 < fewest) continue
      let fit = 0
      // No further than it could still fit better.
      for (let line = from; line <= to && fit + to - line >= most; line++)
        if (Math.abs((depths[line] ?? 0) - (depth + slope * (line - a))) <= tolerance) fit += 1
      if (fit <= most) continue
      most = fit
      best = { first: from, last: to, from: depth + slope * (from - a), slope }
    }
  }
  return best
}

interface Candidate {
  readonly side: Side
  readonly filling: Filling
  readonly depths: Int32Array
  readonly edge: Edge
  readonly tolerance: number
}

function isBorder({ data }: GreyImage, { side, filling, depths, edge, tolerance }: Candidate): boolean {
  let [straight, short, deepest, uneven, inside] = [0, 0, 0, 0, 0]
  const levelAt = (line: number, depth: number): number =>
    data[placeOf(side, line, Math.min(side.depth - 1, Math.max(0, depth)))] ?? 0
  const [near, far]: [number[], number[]] = [[], []]
  for (let line = edge.first; line <= edge.last; line++) {
    const expected = edge.from + edge.slope * (line - edge.first)
    deepest = Math.max(deepest, expected)
    const off = (depths[line] ?? 0) - expected
    if (off < -tolerance) short += 1
    if (Math.abs(off) > tolerance) continue
    straight += 1
    const end = depths[line] ?? 0
    const before = levelAt(line, end - beside)
    near.push(Math.abs(levelAt(line, end + beside) - before))
    far.push(Math.abs(levelAt(line, end + fartherIn) - before))
    for (let depth = 0; depth < end; depth++) uneven += Math.abs(levelAt(line, depth) - filling.level)
    inside += end
  }
  const count = edge.last - edge.first + 1
  if (straight < filling.leastStraight * count || short > mostShort * count) return false
  const step = pickShare(Float64Array.from(near), 0.5)
  return (
    deepest >= leastDepthPixels &&
    deepest < side.depth / 2 &&
    uneven <= filling.mostUneven * inside &&
    step >= leastStep &&
    step >= leastHardness * pickShare(Float64Array.from(far), 0.5)
  )
}

/**
 * Bars, frames and the wedges that are left where a picture was turned upright: areas of one level at a side that end at a
 * straight edge. A plain backdrop ends where its subject begins, along no line. `borderShare` is the share of the area in all
 * of them, `borderTop` and so on how far those of a side reach in, as a share of the side.
 */
export function measureBorder(grey: GreyImage) {
  const { width, height, data } = grey
  // Most pictures have no border, and many small arrays are what would take the time.
  let covered: Uint8Array | null = null
  let area = 0
  const longest = Math.max(width, height)
  const lines = { rim: new Float64Array(longest), depths: new Int32Array(longest) }
  const tolerance = Math.max(straightWithin, (straightWithin * longest) / 200)
  const reaches = listSides(grey).map((side) => {
    const rim = lines.rim.subarray(0, side.lines)
    const depths = lines.depths.subarray(0, side.lines)
    for (let line = 0; line < rim.length; line++) rim[line] = data[placeOf(side, line, 0)] ?? 0
    let reach = 0
    for (const filling of listFillings(pickShare(rim, 0.5))) {
      measureDepths(grey, { side, filling }, depths)
      const fewest = filling.leastRun * side.lines
      for (const run of listRuns(depths, fewest)) {
        const edge = fitEdge(depths, { run, fewest, tolerance })
        if (edge === null || !isBorder(grey, { side, filling, depths, edge, tolerance })) continue
        covered ??= new Uint8Array(data.length)
        for (let line = edge.first; line <= edge.last; line++) {
          const expected = Math.round(edge.from + edge.slope * (line - edge.first))
          const until = Math.min(depths[line] ?? 0, expected)
          for (let depth = 0; depth < until; depth++) {
            const place = placeOf(side, line, depth)
            if (covered[place] === 0) area += 1
            covered[place] = 1
          }
          reach = Math.max(reach, until)
        }
      }
    }
    return reach / side.depth
  })
  const [borderTop = 0, borderBottom = 0, borderLeft = 0, borderRight = 0] = reaches
  return { borderShare: area / data.length, borderTop, borderBottom, borderLeft, borderRight }
}
