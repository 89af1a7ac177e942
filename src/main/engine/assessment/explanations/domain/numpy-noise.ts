/** The state and increment of `numpy.random.PCG64(42)` (O'Neill 2014, XSL RR 128/64). */
const startState = 274674114334540486603088602300644985544n
const increment = 332724090758049132448979897138935081983n
const multiplier = 0x2360ed051fc65da44385df649fccf645n
const mask64 = 0xffffffffffffffffn
const mask128 = (mask64 << 64n) | mask64

/** Of the ziggurat: where its tail begins, and the area of each of its 256 layers. */
const tail = 3.6541528853610088
const area = 0.00492867323399
const mantissas = 2 ** 52

/** Layers of the normal density (Marsaglia & Tsang 2000) as numpy has them. */
function buildLayers() {
  const height = (x: number): number => Math.exp(-0.5 * x * x)
  const [limits, widths, heights] = [new Float64Array(256), new Float64Array(256), new Float64Array(256)]
  widths[255] = tail / mantissas
  heights[255] = height(tail)
  limits[0] = Math.floor(((tail * height(tail)) / area) * mantissas)
  widths[0] = area / height(tail) / mantissas
  heights[0] = 1
  let edge = tail
  for (let layer = 254; layer >= 1; layer--) {
    const x = Math.sqrt(-2 * Math.log(area / edge + (heights[layer + 1] ?? 0)))
    limits[layer + 1] = Math.floor((x / edge) * mantissas)
    widths[layer] = x / mantissas
    heights[layer] = height(x)
    edge = x
  }
  limits[1] = 0
  return { limits, widths, heights }
}

function createBits(): () => bigint {
  let state = startState
  return () => {
    state = (state * multiplier + increment) & mask128
    const folded = (state >> 64n) ^ (state & mask64)
    const turn = state >> 122n
    return ((folded >> turn) | (folded << (64n - turn))) & mask64
  }
}

/**
 * The normal numbers that `numpy.random.default_rng(42)` gives, times `scale`: what scikit-image tells alike densities apart with.
 * Where a picture is of one colour they alone decide, so that only the same numbers make the same regions.
 */
export function makeNumpyNoise(count: number, scale: number): Float64Array {
  const { limits, widths, heights } = buildLayers()
  const next = createBits()
  const nextShare = (): number => Number(next() >> 11n) * 2 ** -53
  const drawTail = (): number => {
    for (;;) {
      const beyond = -Math.log1p(-nextShare()) / tail
      const level = -Math.log1p(-nextShare())
      if (level + level > beyond * beyond) return tail + beyond
    }
  }
  const draw = (): number => {
    for (;;) {
      const bits = next()
      const layer = Number(bits & 0xffn)
      const place = (bits >> 9n) & 0xfffffffffffffn
      const size = Number(place) * (widths[layer] ?? 0)
      const x = (bits >> 8n) & 1n ? -size : size
      if (Number(place) < (limits[layer] ?? 0)) return x
      if (layer === 0) return (place >> 8n) & 1n ? -drawTail() : drawTail()
      const [top, bottom] = [heights[layer - 1] ?? 0, heights[layer] ?? 0]
      if ((top - bottom) * nextShare() + bottom < Math.exp(-0.5 * x * x)) return x
    }
  }
  return Float64Array.from({ length: count }, () => scale * draw())
}
