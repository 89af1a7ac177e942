import { AppError } from '#shared/contract/errors.ts'
import type {
  ComputedBy,
  InferenceRuntime,
  InferenceSession,
  RuntimeFeeds,
  RuntimeTensor,
} from '#engine/base/runtime/inference-session.ts'
import { nameLibrary } from './check-library.ts'
import type { Dnnl, ElementType } from './dnnl.ts'
import { createImageProgram, LaidWeights } from './image-program.ts'
import type { ImageProgram } from './image-program.ts'
import { readImageGraph } from './read-image-graph.ts'
import type { ImageGraph } from './image-graph.ts'

interface OnednnRuntimeOptions {
  /** Opens the library for the calling thread; throws UNAVAILABLE with the reason. */
  readonly open: (threads: number) => Dnnl
  readonly arithmetic: ElementType
  /** Computes what follows the average, and files that have operators which are not known here. */
  readonly otherwise: InferenceRuntime
}

/** Numbers of images that a program is planned for, the largest first: memory is bounded, and any count is a sum of them. */
const programBatches = [16, 4, 1] as const

interface OpenGraph {
  readonly dnnl: Dnnl
  readonly graph: ImageGraph
  readonly arithmetic: ElementType
  /** Null where the average is all that is asked for. */
  readonly rest: InferenceSession | null
}

function fillImages(
  target: Float32Array,
  images: Float32Array,
  { colours }: Pick<ImageGraph, 'colours'>,
  pixels: number,
): void {
  if (colours === null) {
    target.set(images)
    return
  }
  for (let plane = 0, at = 0; at < images.length; plane++) {
    const mean = colours.mean[plane % 3] ?? 0
    const deviation = colours.deviation[plane % 3] ?? 1
    for (const end = at + pixels; at < end; at++) target[at] = ((images[at] ?? 0) - mean) / deviation
  }
}

function readSide({ dims, type }: RuntimeTensor, name: string): { count: number; side: number } {
  const [count = 0, colours, side = 0, width] = dims
  if (type !== 'float32' || dims.length !== 4 || colours !== 3 || side !== width)
    throw new Error(`${name} must be float32 [images, 3, side, side], not ${type} [${dims.join(', ')}]`)
  return { count, side }
}

/** One network, its programs planned for the side of the images that came last. */
class OnednnSession implements InferenceSession {
  readonly inputNames: readonly string[]
  readonly outputNames: readonly string[]
  readonly computedBy: ComputedBy
  readonly #opened: OpenGraph
  readonly #weights: LaidWeights
  readonly #programs = new Map<string, ImageProgram>()

  constructor(opened: OpenGraph) {
    this.#opened = opened
    this.#weights = new LaidWeights(opened.dnnl)
    this.inputNames = [opened.graph.input]
    this.outputNames = opened.graph.outputNames
    const { dnnl, arithmetic } = opened
    this.computedBy = { library: nameLibrary(dnnl.facts), arithmetic, instead: null }
  }

  async run(feeds: RuntimeFeeds, into: RuntimeFeeds = {}): Promise<Readonly<Record<string, RuntimeTensor>>> {
    const { graph, rest } = this.#opened
    const image = feeds[graph.input]
    if (image?.type !== 'float32') throw new Error(`There is no input ${graph.input}`)
    const { count, side } = readSide(image, graph.input)
    const data = new Float32Array(count * graph.channels)
    const size = 3 * side ** 2
    for (let at = 0; at < count;) {
      const batch = programBatches.find((one) => one <= count - at) ?? 1
      const program = this.#program(batch, side)
      fillImages(program.images, image.data.subarray(at * size, (at + batch) * size), graph, side ** 2)
      program.run()
      data.set(program.average, at * graph.channels)
      at += batch
    }
    const average = { type: 'float32', dims: [count, graph.channels], data } as const
    const outputs = { [graph.average]: average, ...(rest && (await rest.run({ [graph.average]: average }))) }
    return Object.fromEntries(graph.outputNames.map((name) => [name, place(name, outputs[name], into[name])]))
  }

  #program(batch: number, side: number): ImageProgram {
    const key = `${batch} ${side}`
    const known = this.#programs.get(key)
    if (known !== undefined) return known
    const { dnnl, graph, arithmetic } = this.#opened
    const program = createImageProgram(dnnl, graph, { batch, side, arithmetic, weights: this.#weights })
    this.#programs.set(key, program)
    return program
  }

  async dispose(): Promise<void> {
    this.#programs.clear()
    await this.#opened.rest?.dispose()
    this.#opened.dnnl.close()
  }
}

function place(
  name: string,
  output: RuntimeTensor | undefined,
  into: RuntimeTensor | undefined,
): RuntimeTensor {
  if (output === undefined) throw new Error(`The graph gave no output ${name}`)
  if (into === undefined) return output
  if (into.type !== 'float32' || output.type !== 'float32' || into.data.length !== output.data.length)
    throw new Error(`The output ${name} does not fit where it is to be written`)
  into.data.set(output.data)
  return into
}

/**
 * Runs exported residual networks with oneDNN: each convolution with its normalisation, sum and rectifier in one pass,
 * in float32 or bf16, and from the average over all pixels on in float32. Files with other operators go to the other
 * runtime whole, and their session says why. `run` blocks the calling thread.
 * `createSession` throws UNAVAILABLE where the library cannot be used, and PRECONDITION where it lacks the arithmetic.
 */
export function createOnednnRuntime(options: OnednnRuntimeOptions): InferenceRuntime {
  const { open, arithmetic, otherwise } = options
  return {
    name: 'onednn',
    version: otherwise.version,
    target: 'cpu',
    async createSession(model, sessionOptions) {
      const graph = readImageGraph(model)
      if ('unknown' in graph) {
        const session = await otherwise.createSession(model, sessionOptions)
        return { ...session, computedBy: { ...session.computedBy, instead: graph.unknown } }
      }
      const dnnl = open(sessionOptions.threads)
      checkArithmetic(dnnl, arithmetic)
      try {
        // The heads are small: more threads would only take the cores from the convolutions.
        const rest =
          graph.rest === null
            ? null
            : await otherwise.createSession(graph.rest, { ...sessionOptions, threads: 1 })
        return new OnednnSession({ dnnl, graph, arithmetic, rest })
      } catch (error) {
        dnnl.close()
        throw error
      }
    },
  }
}

function checkArithmetic(dnnl: Dnnl, arithmetic: ElementType): void {
  const { facts } = dnnl
  if (arithmetic === 'float32' || facts.hasBf16) return
  dnnl.close()
  throw new AppError(
    'PRECONDITION',
    `${nameLibrary(facts)} has no bf16 on this processor (${facts.instructions}). Use float32, or leave the arithmetic on auto.`,
    { details: { arithmetic } },
  )
}
