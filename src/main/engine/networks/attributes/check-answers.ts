import { AppError } from '#shared/contract/errors.ts'

/** The first numbers of each output, as TensorFlow.js gives them. */
export type CheckedOutputs = Readonly<Record<string, readonly number[]>>

/**
 * A picture by whole numbers alone, the same on every machine: `[3, side, side]`, 0-255, smooth in places, with edges, and another in
 * each channel.
 */
export function makeCheckPicture(side: number): Float32Array {
  const plane = side * side
  return Float32Array.from({ length: 3 * plane }, (_, at) => {
    const channel = Math.floor(at / plane)
    const [x, y] = [at % side, Math.floor((at % plane) / side)]
    return 80 + 30 * channel + (((x * x + 3 * (channel + 1) * y * side) >> 5) & 63)
  })
}

/** Largest difference to TensorFlow.js that sums in another order explain, of the size of the number or of 1. */
const tolerance = 2e-3

/**
 * Holds a network's answers to the made picture against those that are known.
 * @throws AppError UNAVAILABLE naming the output that differs
 */
export async function assertAnswersKnown(
  title: string,
  {
    ask,
    side,
    known,
  }: {
    readonly ask: (levels: Float32Array) => Promise<Readonly<Record<string, Float32Array>>>
    readonly side: number
    readonly known: CheckedOutputs
  },
): Promise<void> {
  const found = await ask(makeCheckPicture(side))
  for (const [name, wanted] of Object.entries(known)) {
    const isKnown = wanted.every(
      (number, at) =>
        Math.abs((found[name]?.[at] ?? Number.NaN) - number) <= tolerance * Math.max(1, Math.abs(number)),
    )
    if (!isKnown)
      throw new AppError(
        'UNAVAILABLE',
        `The network ${title} answers otherwise here than TensorFlow.js does to the same picture (output ${name}). Nothing was asked of it; its answers would not be its own.`,
        { details: { network: title, output: name } },
      )
  }
}
