import * as z from 'zod'
import { listBuffers, listParameters } from '#engine/networks/architecture/resnet.ts'
import type { NamedTensor, NetworkSpec, StateDict } from '#engine/networks/architecture/training-engine.ts'
import type { Refuse, StoredTensor, WeightFile } from './weight-file.ts'

const namedShape = z.strictObject({ name: z.string(), shape: z.array(z.int()) })

/** What became of each tensor of a weights file, and of each that the network wants. */
export const weightReport = z.strictObject({
  format: z.string(),
  /** What stood before torchvision's names in the file. */
  prefix: z.string(),
  /** Other prefixes under which the file holds a backbone as complete. */
  otherPrefixes: z.array(z.string()),
  /** Taken, by the network's names. */
  loaded: z.array(z.string()),
  /** Types other than float32 that were turned into it. */
  converted: z.array(z.string()),
  /** Wanted by the network, absent in the file: random. */
  missing: z.array(z.string()),
  /** In both, with different shapes: random. */
  mismatched: z.array(namedShape.extend({ expected: z.array(z.int()) })),
  /** In the file only: not used. The first of them; `unexpectedCount` counts all. */
  unexpected: z.array(namedShape),
  unexpectedCount: z.int(),
  /** Python's objects beside the tensors, by the names of their classes; absent in reports of earlier versions. */
  leftOut: z.array(z.string()).default([]),
})
export type WeightReport = z.infer<typeof weightReport>

export interface MatchedWeights {
  /** By torchvision's names; heads only where they fit. */
  readonly weights: StateDict
  readonly report: WeightReport
}

const unexpectedListed = 100
const isHead = (name: string): boolean => name.startsWith('head.')
const join = (shape: readonly number[]): string => `[${shape.join(', ')}]`

interface Candidate {
  readonly prefix: string
  readonly matches: number
}

/** Every prefix before the names of the backbone, those with the most matches first, then by first appearance. */
function findPrefixes(tensors: ReadonlyMap<string, StoredTensor>, backbone: readonly string[]): Candidate[] {
  const wanted = new Set(backbone)
  const counts = new Map<string, number>()
  for (const name of tensors.keys()) {
    // A name may match at several points: `x.layer1.0.conv1.weight` also ends in `conv1.weight`.
    for (let start = 0; start >= 0 && start < name.length; start = nextPart(name, start)) {
      if (!wanted.has(name.slice(start))) continue
      counts.set(name.slice(0, start), (counts.get(name.slice(0, start)) ?? 0) + 1)
      break
    }
  }
  return [...counts]
    .map(([prefix, matches]) => ({ prefix, matches }))
    .toSorted((a, b) => b.matches - a.matches)
}

const nextPart = (name: string, start: number): number => {
  const point = name.indexOf('.', start)
  return point < 0 ? -1 : point + 1
}

const list = (items: readonly string[]): string =>
  items.length <= 3 ? items.join(', ') : `${items.slice(0, 3).join(', ')} and ${items.length - 3} more`

/** Refuses a file whose backbone is not exactly the network's: half a backbone would train, and mislead. */
function checkBackbone(
  found: {
    missing: readonly string[]
    mismatched: WeightReport['mismatched']
    extraBlocks: readonly string[]
  },
  { arch, total, refuse }: { arch: string; total: number; refuse: Refuse },
): void {
  const missing = found.missing.filter((name) => !isHead(name))
  const [mismatch] = found.mismatched.filter(({ name }) => !isHead(name))
  const [extra] = found.extraBlocks
  if (missing.length > 0)
    refuse(
      `it does not fit ${arch}: ${missing.length} of the backbone's ${total} tensors are missing (${list(missing)})`,
    )
  if (mismatch !== undefined) {
    const { name, shape, expected } = mismatch
    refuse(`it does not fit ${arch}: ${name} should be ${join(expected)}, the file has ${join(shape)}`)
  }
  if (extra !== undefined) refuse(`it is deeper than ${arch}: it also holds ${extra}`)
}

function readTensor(name: string, { shape, read }: StoredTensor, refuse: Refuse): NamedTensor {
  const data = read()
  const isVariance = name.endsWith('.running_var')
  for (const value of data) {
    if (!Number.isFinite(value)) refuse(`${name} holds a value that is no finite float32`)
    if (isVariance && value < 0) refuse(`${name} holds a negative variance`)
  }
  return { shape, data }
}

/** Torchvision's counters of batches: whole numbers that the optimiser of this program does without. */
const isCounter = (name: string): boolean => name.endsWith('.num_batches_tracked')

/**
 * Takes from a file what the network names: the whole backbone, and the heads whose shape fits.
 * Refuses a file that holds none of the backbone, a part of it, or a deeper one, and values that are not finite.
 */
export function matchWeights(network: NetworkSpec, file: WeightFile, refuse: Refuse): MatchedWeights {
  const wanted = [...listParameters(network), ...listBuffers(network)]
  const backbone = wanted.map(({ name }) => name).filter((name) => !isHead(name))
  const [best, ...others] = findPrefixes(file.tensors, backbone)
  if (best === undefined) {
    const names = list([...file.tensors.keys()])
    const { leftOut = [] } = file
    return refuse(
      `no tensor bears a name of ${network.arch} (conv1.weight, layer1.0.conv1.weight, ...)` +
        (names === '' ? '; it holds no tensors at all' : `; it holds ${names}`) +
        (leftOut.length === 0 ? '' : `; what these hold was not looked at: ${list(leftOut)}`),
    )
  }
  const { prefix } = best
  const names = new Set(wanted.map(({ name }) => prefix + name))
  const unexpected = [...file.tensors].filter(([name]) => !names.has(name) && !isCounter(name))
  const missing = wanted.filter(({ name }) => !file.tensors.has(prefix + name)).map(({ name }) => name)
  const given = wanted.flatMap(({ name, shape: expected }) => {
    const tensor = file.tensors.get(prefix + name)
    return tensor === undefined
      ? []
      : [{ name, expected, tensor, fits: join(tensor.shape) === join(expected) }]
  })
  const mismatched = given
    .filter(({ fits }) => !fits)
    .map(({ name, expected, tensor }) => ({ name, shape: [...tensor.shape], expected: [...expected] }))
  const extraBlocks = unexpected
    .map(([name]) => name)
    .filter((name) => name.startsWith(prefix) && /^layer\d+\.\d+\./.test(name.slice(prefix.length)))
  checkBackbone({ missing, mismatched, extraBlocks }, { arch: network.arch, total: backbone.length, refuse })
  const fitting = given.filter(({ fits }) => fits)
  const types = new Set(fitting.map(({ tensor }) => tensor.type))
  types.delete('float32')
  return {
    weights: new Map(fitting.map(({ name, tensor }) => [name, readTensor(name, tensor, refuse)])),
    report: {
      format: file.format,
      prefix,
      otherPrefixes: others.filter(({ matches }) => matches === best.matches).map((other) => other.prefix),
      loaded: fitting.map(({ name }) => name),
      converted: [...types],
      missing,
      mismatched,
      unexpected: unexpected
        .slice(0, unexpectedListed)
        .map(([name, { shape }]) => ({ name, shape: [...shape] })),
      unexpectedCount: unexpected.length,
      leftOut: (file.leftOut ?? []).slice(0, unexpectedListed),
    },
  }
}

/** The report as sentences for the notes of a run. */
export function describeWeightReport(report: WeightReport): string[] {
  const backbone = report.loaded.filter((name) => !isHead(name)).length
  const heads = report.loaded.filter(isHead)
  const converted =
    report.converted.length === 0 ? '' : `, ${report.converted.join(' and ')} turned into float32`
  const notes = [
    `From the weights file (${report.format}): all ${backbone} tensors of the backbone${converted}.`,
  ]
  if (report.prefix !== '')
    notes.push(`The names in the file begin with "${report.prefix}", which was left off.`)
  if (report.otherPrefixes.length > 0)
    notes.push(`The file holds another backbone under ${list(report.otherPrefixes)}, which was not used.`)
  if (heads.length > 0)
    notes.push(
      `Also from the file: ${heads.join(', ')}. Their classes must stand in the order of this run's labels.`,
    )
  if (report.missing.length > 0) notes.push(`Not in the file, so random: ${report.missing.join(', ')}.`)
  for (const { name, shape, expected } of report.mismatched)
    notes.push(`${name} is ${join(shape)} in the file and ${join(expected)} here, so it is random.`)
  if (report.unexpectedCount > 0) {
    const named = report.unexpected.slice(0, 6).map(({ name, shape }) => `${name} ${join(shape)}`)
    const rest = report.unexpectedCount - named.length
    notes.push(`In the file, not used: ${named.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}.`)
  }
  if (report.leftOut.length > 0)
    notes.push(`Objects of Python beside the tensors, not looked at and not run: ${list(report.leftOut)}.`)
  return notes
}
