import { updateLoopsBase64 } from './update-loops.wasm.ts'

/** A place in the memory of the loops, in bytes. */
type Place = number

/** What `update-loops.as` exports; it says what each argument is. */
interface LoopExports {
  readonly memory: WebAssembly.Memory
  readonly stepAdam: (
    ...values: [
      weight: Place,
      gradient: Place,
      first: Place,
      second: Place,
      count: number,
      scale: number,
      penalty: number,
      kept: number,
      beta1: number,
      beta2: number,
      share1: number,
      share2: number,
      epsilon: number,
      stepSize: number,
    ]
  ) => void
  readonly sumSquares: (values: Place, count: number) => number
}

const pageBytes = 65_536
/** Values that the loops take at a time. */
const together = 4
const module = new WebAssembly.Module(Buffer.from(updateLoopsBase64, 'base64'))

const fillUp = (count: number): number => Math.ceil(count / together) * together

export interface AdamStep {
  readonly gradientScale: number
  /** Weight decay that joins the gradient. */
  readonly penalty: number
  /** What a weight is multiplied by first. */
  readonly kept: number
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  readonly stepSize: number
}

/** Float32 arrays that lie where the loops work, which so need no copies. */
export interface TrainingArrays {
  /** Zeros. Throws a RangeError where more is taken than was asked for at first. */
  readonly take: (count: number) => Float32Array
  /** All four taken from here and of one length; moves the weight and both moments. */
  stepAdam(
    tensors: Readonly<Record<'weight' | 'gradient' | 'first' | 'second', Float32Array>>,
    step: AdamStep,
  ): void
  /** The sum of squares, in float64; of an array taken from here. */
  sumSquares(values: Float32Array): number
}

/**
 * @param lengths of all arrays that will be taken. The memory never grows, since that would take the arrays away that lie in it;
 * what is not written takes none of the machine's.
 */
export function openTrainingArrays(lengths: Iterable<number>): TrainingArrays {
  const { memory, stepAdam, sumSquares } = new WebAssembly.Instance(module).exports as unknown as LoopExports
  let values = 0
  for (const length of lengths) values += fillUp(length)
  memory.grow(Math.ceil((values * Float32Array.BYTES_PER_ELEMENT) / pageBytes))
  let taken = 0
  const placeOf = (array: Float32Array): Place => {
    if (array.buffer !== memory.buffer) throw new Error('An array lies outside the memory of the loops')
    return array.byteOffset
  }
  return {
    take(count) {
      if (taken + fillUp(count) > values)
        throw new RangeError(`${count} values more were taken than were asked for`)
      const array = new Float32Array(memory.buffer, taken * Float32Array.BYTES_PER_ELEMENT, count)
      taken += fillUp(count)
      return array
    },
    stepAdam({ weight, gradient, first, second }, step) {
      const { gradientScale, penalty, kept, beta1, beta2, epsilon, stepSize } = step
      stepAdam(
        placeOf(weight),
        placeOf(gradient),
        placeOf(first),
        placeOf(second),
        weight.length,
        gradientScale,
        penalty,
        kept,
        beta1,
        beta2,
        1 - beta1,
        1 - beta2,
        epsilon,
        stepSize,
      )
    },
    sumSquares: (array) => sumSquares(placeOf(array), array.length),
  }
}
