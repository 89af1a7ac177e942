import { faceConvolutions } from '#engine/networks/architecture/face-resnet.ts'
import { describeResNet, listConvolutions } from '#engine/networks/architecture/resnet.ts'
import type { NamedTensor, NetworkSpec } from '#engine/networks/architecture/training-engine.ts'

/** How a tensor is kept between steps: as torchvision has it, or as `[kernel * kernel, inChannels, outChannels]`. */
export type WeightLayout = 'torchvision' | 'tapsFirst'

/** Names of the weights that the graph wants taps first: every convolution of the body. */
export function listTapsFirst(network: NetworkSpec): ReadonlySet<string> {
  const { arch } = network
  const all: readonly { readonly name: string }[] =
    arch === 'face-resnet' ? faceConvolutions : listConvolutions(describeResNet(arch))
  const [, ...body] = all
  return new Set(body.map(({ name }) => `${name}.weight`))
}

/** Weights of one tap lie far apart in one of the layouts: they are moved by outputs and inputs that the cache holds together. */
const block = 16

/** `[out, in, kernel, kernel]` -> `[kernel * kernel, in, out]`, written into `target`: a copy of every weight is memory. */
export function writeTapsFirst({ shape, data }: NamedTensor, target: Float32Array): void {
  const [outputs = 1, inputs = 1, height = 1, width = 1] = shape
  const taps = height * width
  for (let from = 0; from < outputs; from += block) {
    const end = Math.min(from + block, outputs)
    for (let start = 0; start < inputs; start += block) {
      const stop = Math.min(start + block, inputs)
      for (let tap = 0; tap < taps; tap++)
        for (let input = start; input < stop; input++)
          for (let output = from; output < end; output++)
            target[(tap * inputs + input) * outputs + output] =
              data[(output * inputs + input) * taps + tap] ?? 0
    }
  }
}

/** `[kernel * kernel, in, out]` -> `shape`, which is `[out, in, kernel, kernel]`. */
export function fromTapsFirst(data: Float32Array, shape: readonly number[]): NamedTensor {
  const [outputs = 1, inputs = 1, height = 1, width = 1] = shape
  const taps = height * width
  const moved = new Float32Array(data.length)
  for (let from = 0; from < outputs; from += block) {
    const end = Math.min(from + block, outputs)
    for (let start = 0; start < inputs; start += block) {
      const stop = Math.min(start + block, inputs)
      for (let tap = 0; tap < taps; tap++)
        for (let input = start; input < stop; input++)
          for (let output = from; output < end; output++)
            moved[(output * inputs + input) * taps + tap] =
              data[(tap * inputs + input) * outputs + output] ?? 0
    }
  }
  return { shape, data: moved }
}
