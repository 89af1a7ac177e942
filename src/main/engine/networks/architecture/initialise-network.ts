import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { embeddingSizes } from '#shared/domain/architectures.ts'
import { listBuffers, listParameters } from '#engine/networks/architecture/resnet.ts'
import type { ParameterSpec } from '#engine/networks/architecture/resnet.ts'
import type { NamedTensor, NetworkSpec, StateDict } from './training-engine.ts'

type Uniform = () => number

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1)

/** Fills with N(0, deviation), two values per Box-Muller draw; `1 - u` keeps the logarithm finite. */
function fillNormal(data: Float32Array, deviation: number, draw: Uniform): void {
  for (let index = 0; index < data.length; index += 2) {
    const radius = deviation * Math.sqrt(-2 * Math.log(1 - draw()))
    const angle = 2 * Math.PI * draw()
    data[index] = radius * Math.cos(angle)
    if (index + 1 < data.length) data[index + 1] = radius * Math.sin(angle)
  }
}

function initialiseParameter(
  { shape, kind }: ParameterSpec,
  { embedding, draw }: { embedding: number; draw: Uniform },
): NamedTensor {
  const data = new Float32Array(sizeOf(shape))
  const [outputs = 1, inputs = 1, height = 1, width = 1] = shape
  switch (kind) {
    case 'convolution':
      fillNormal(data, Math.sqrt(2 / (outputs * height * width)), draw)
      break
    case 'normScale':
      data.fill(1)
      break
    case 'normShift':
    case 'bias':
      break
    case 'projection':
      fillNormal(data, Math.sqrt(1 / inputs), draw)
      break
    case 'linearWeight':
    case 'linearBias': {
      const bound = 1 / Math.sqrt(kind === 'linearWeight' ? inputs : embedding)
      for (let index = 0; index < data.length; index++) data[index] = bound * (2 * draw() - 1)
      break
    }
    default:
      kind satisfies never
  }
  return { shape, data }
}

export interface InitialisationOptions {
  /** Where the answer of a head in years starts, in years. */
  readonly ageMean?: number
}

/**
 * Random weights as torchvision draws them: convolutions from N(0, 2 / fan-out) (He et al. 2015), normalisations
 * at scale 1 and shift 0, heads uniform within 1 / sqrt(embedding), running statistics at mean 0 and variance 1.
 * The bias of a head that gives years itself is the mean age, which would else take many steps to reach. The same seed
 * gives the same bits.
 */
export function initialiseNetwork(
  network: NetworkSpec,
  seed: number,
  { ageMean = 30 }: InitialisationOptions = {},
): StateDict {
  const generator = xoroshiro128plus(seed)
  const draw = (): number => uniformFloat64(generator)
  const state = new Map<string, NamedTensor>()
  const embedding = embeddingSizes[network.arch]
  for (const parameter of listParameters(network))
    state.set(parameter.name, initialiseParameter(parameter, { embedding, draw }))
  for (const { task, readOut } of network.heads)
    if (readOut === 'years') state.get(`head.${task}.bias`)?.data.fill(ageMean)
  for (const { name, shape, kind } of listBuffers(network)) {
    state.set(name, { shape, data: new Float32Array(sizeOf(shape)).fill(kind === 'runningMean' ? 0 : 1) })
  }
  return state
}
