import { AppError } from '#shared/contract/errors.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { mapSystemError } from '#engine/base/kernel/system-error.ts'
import { decodeModel } from '#engine/networks/onnx-file/graph-builder.ts'
import type {
  InferenceRuntime,
  InferenceSession,
  RuntimeTensor,
} from '#engine/base/runtime/inference-session.ts'
import { decodeScrfd, decodeYunet, type StrideOutputs } from '#engine/networks/faces/domain/decode-strides.ts'
import { overlapLimits } from '#engine/networks/faces/domain/detector-margins.ts'
import { sampleSquare, viewWithMargin } from '#engine/networks/faces/domain/sample-square.ts'
import { faceScore } from '#engine/networks/faces/domain/stored-faces.ts'
import { suppressOverlaps } from '#engine/networks/faces/domain/suppress-overlaps.ts'
import type { FaceDetector } from './face-detector.ts'
import { readRegularFile } from '#engine/base/kernel/regular-file.ts'
import { refuseStandIn } from '#engine/base/kernel/refuse-stand-in.ts'

const strides = [8, 16, 32] as const
/** For files that take any size: the largest faces of both families' training fit in it with the margin. */
const freeSide = 320

export type OwnDetectorKind = 'yunet' | 'scrfd'

interface OwnDetector {
  readonly kind: OwnDetectorKind
  readonly sha256: string
  readonly side: number
  readonly input: string
  readonly session: InferenceSession
}

const expected =
  'A YuNet file has outputs cls_8, obj_8, bbox_8 and the same for 16 and 32; an SCRFD file has scores, boxes and perhaps points for the strides 8, 16 and 32'

function refuse(file: string, what: string, cause?: unknown): never {
  throw new AppError(
    'INVALID_INPUT',
    `${file} is no face detector that Evenhand knows: ${what}. ${expected}.`,
    {
      details: { file },
      ...(cause === undefined ? {} : { cause }),
    },
  )
}

/** The one image input `[batch, 3, side, side]` of the graph; free sides are set here. */
function readInput(bytes: Uint8Array, file: string): { name: string; side: number } {
  refuseStandIn(bytes, file)
  let graph
  try {
    ;({ graph } = decodeModel(bytes))
  } catch (cause) {
    refuse(file, 'it is not an ONNX model', cause)
  }
  // Older files list their weights among the inputs.
  const weights = new Set(graph?.initializer.map(({ name }) => name))
  const [input, ...others] = graph?.input.filter(({ name }) => !weights.has(name)) ?? []
  if (input === undefined || others.length > 0) refuse(file, 'it has not exactly one input')
  const type = input.type?.value
  const dims = type?.case === 'tensorType' ? (type.value.shape?.dim ?? []) : []
  const sides = dims.map(({ value }) => (value.case === 'dimValue' ? Number(value.value) : 0))
  const [, channels = 0, height = 0, width = 0] = sides
  if (sides.length !== 4 || (channels !== 3 && channels !== 0)) refuse(file, 'its input is no RGB picture')
  const fixed = Math.max(height, width)
  if (height > 0 && width > 0 && height !== width)
    refuse(file, `its input is ${width} x ${height}, not a square`)
  if (fixed % 32 !== 0 || fixed > 2048)
    refuse(file, `its input of ${fixed} pixels is no multiple of 32 up to 2048`)
  return { name: input.name, side: fixed > 0 ? fixed : freeSide }
}

const yunetOutputs = strides.flatMap((stride) => [`cls_${stride}`, `obj_${stride}`, `bbox_${stride}`])

type Outputs = Readonly<Record<string, RuntimeTensor>>

/** YuNet's outputs bear their stride in their names. */
function groupYunet(outputs: Outputs): StrideOutputs[] {
  const read = (name: string): Float32Array => {
    const output = outputs[name]
    return output?.type === 'float32' ? output.data : new Float32Array()
  }
  return strides.map((stride) => {
    const [objects, classes] = [read(`obj_${stride}`), read(`cls_${stride}`)]
    // Both are probabilities; their geometric mean is the score (as OpenCV's FaceDetectorYN takes it).
    const scores = classes.map((value, at) => Math.sqrt(clamp(value) * clamp(objects[at] ?? 0)))
    return { stride, scores, boxes: read(`bbox_${stride}`) }
  })
}

const clamp = (value: number): number => Math.min(1, Math.max(0, value))

/** SCRFD's outputs are told by their shapes: 1 number a box is its score, 4 are its sides; more boxes, smaller stride. */
function groupScrfd(outputs: Outputs, side: number): StrideOutputs[] | null {
  const found = Object.values(outputs).flatMap((output) =>
    output.type === 'float32' ? [{ numbers: output.dims.at(-1) ?? 0, data: output.data }] : [],
  )
  const ofWidth = (numbers: number) =>
    found
      .filter((output) => output.numbers === numbers)
      .map(({ data }) => data)
      .toSorted((a, b) => b.length - a.length)
  const [scores, boxes] = [ofWidth(1), ofWidth(4)]
  const fits = strides.every((stride, at) => {
    const cells = (side / stride) ** 2
    const count = scores[at]?.length ?? 0
    return count > 0 && count % cells === 0 && boxes[at]?.length === 4 * count
  })
  if (scores.length !== strides.length || boxes.length !== strides.length || !fits) return null
  return strides.map((stride, at) => ({
    stride,
    scores: scores[at] ?? new Float32Array(),
    boxes: boxes[at] ?? new Float32Array(),
  }))
}

const runOnce = async (session: InferenceSession, input: string, data: Float32Array): Promise<Outputs> => {
  const side = Math.sqrt(data.length / 3)
  return session.run({ [input]: { type: 'float32', dims: [1, 3, side, side], data } })
}

async function open(file: string, runtime: InferenceRuntime, threads: number): Promise<OwnDetector> {
  let bytes: Uint8Array
  try {
    bytes = await readRegularFile(file)
  } catch (error) {
    throw mapSystemError(error, { action: 'read', path: file })
  }
  const { name: input, side } = readInput(bytes, file)
  let session: InferenceSession
  try {
    session = await runtime.createSession(bytes, { threads })
  } catch (cause) {
    refuse(file, 'it cannot be opened', cause)
  }
  try {
    const outputs = await runOnce(session, input, new Float32Array(3 * side * side))
    const kind = yunetOutputs.every((name) => name in outputs)
      ? 'yunet'
      : groupScrfd(outputs, side) === null
        ? refuse(file, `its outputs are ${session.outputNames.join(', ')}`)
        : 'scrfd'
    return { kind, sha256: hashBytes(bytes), side, input, session }
  } catch (error) {
    await session.dispose()
    if (error instanceof AppError) throw error
    return refuse(file, 'it does not run on a picture', error)
  }
}

/**
 * What kind of detector an ONNX file is.
 * @throws AppError NOT_FOUND, or INVALID_INPUT that says what was expected.
 */
export async function inspectOwnDetector(
  file: string,
  runtime: InferenceRuntime,
): Promise<{ kind: OwnDetectorKind; sha256: string }> {
  const { kind, sha256, session } = await open(file, runtime, 1)
  await session.dispose()
  return { kind, sha256 }
}

const planeOf = (square: Float32Array, colour: number): Float32Array =>
  square.subarray((colour * square.length) / 3, ((colour + 1) * square.length) / 3)

/** YuNet takes blue, green, red as they are; SCRFD red, green, blue between -1 and 1. */
function prepare(kind: OwnDetectorKind, square: Float32Array): Float32Array {
  if (kind === 'scrfd') return square.map((value) => (value - 127.5) / 128)
  const turned = new Float32Array(square.length)
  for (const colour of [0, 1, 2]) turned.set(planeOf(square, 2 - colour), (colour * square.length) / 3)
  return turned
}

/** A YuNet (Wu et al. 2023) or SCRFD (Guo et al. 2022) detector from the user's own ONNX file. */
export async function openOwnDetector(
  file: string,
  { runtime, threads, margin }: { runtime: InferenceRuntime; threads: number; margin: number },
): Promise<FaceDetector> {
  const { kind, side, input, session } = await open(file, runtime, threads)
  return {
    secondScore: faceScore,
    async detect(picture, minimalScore) {
      const view = viewWithMargin(picture, margin)
      const square = sampleSquare(picture, view, side)
      const outputs = await runOnce(session, input, prepare(kind, square))
      const found =
        kind === 'yunet'
          ? decodeYunet(groupYunet(outputs), side, minimalScore)
          : decodeScrfd(groupScrfd(outputs, side) ?? [], side, minimalScore)
      const scale = view.side / side
      const placed = found.map(({ box, score }) => ({
        score,
        box: {
          x: box.x * scale + view.x,
          y: box.y * scale + view.y,
          width: box.width * scale,
          height: box.height * scale,
        },
      }))
      return suppressOverlaps(placed, overlapLimits.file)
    },
    [Symbol.asyncDispose]: () => session.dispose(),
  }
}
