/** The last maps of one picture, `[channels, height, width]`. */
interface Maps {
  readonly channels: number
  readonly height: number
  readonly width: number
  readonly data: ArrayLike<number>
}

/** What a head makes of the averaged maps, biases aside. */
interface Head {
  readonly outputs: number
  readonly channels: number
  /** `[outputs, channels]` */
  readonly weights: ArrayLike<number>
}

/**
 * Class activation (Zhou et al. 2016): the last maps, each times what the head makes of its average, `[height, width]`. Their mean
 * is the head's number but for its bias, so that it says exactly where that number comes from.
 * @param gradient `[outputs]`: how what is explained moves with the head's numbers
 */
export function mapActivation(maps: Maps, head: Head, gradient: Float64Array): Float64Array {
  const { channels, height, width, data } = maps
  const size = height * width
  const activation = new Float64Array(size)
  for (let channel = 0; channel < channels; channel++) {
    let weight = 0
    gradient.forEach((share, output) => {
      weight += share * (head.weights[output * channels + channel] ?? 0)
    })
    if (weight === 0) continue
    for (let at = 0; at < size; at++)
      activation[at] = (activation[at] ?? 0) + weight * (data[channel * size + at] ?? 0)
  }
  return activation
}

/** Grad-CAM (Selvaraju et al. 2017) of the last maps: after a global average that is class activation over its size, without what speaks against. */
export const mapGradients = (activation: Float64Array): Float64Array =>
  activation.map((value) => Math.max(0, value) / activation.length)
