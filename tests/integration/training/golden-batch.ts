import type { AdamOptions, NetworkSpec, TrainBatch } from '#engine/networks/architecture/training-engine.ts'

export const heads = [
  { task: 'age', classes: 9 },
  { task: 'gender', classes: 2 },
  { task: 'race', classes: 7 },
] as const

export const makeNetwork = (overrides: Partial<NetworkSpec> = {}): NetworkSpec => ({
  arch: 'resnet18',
  inputSize: 32,
  heads,
  ...overrides,
})

export const adamW: AdamOptions = {
  kind: 'adamw',
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.01,
  decayNormsAndBiases: true,
}

/** The 32-bit mixer lowbias32 (Wellons 2018), also in tests/oracles/make_resnet_golden.py. */
function mix(value: number): number {
  let x = value >>> 0
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d)
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b)
  return (x ^ (x >>> 16)) >>> 0
}

/** The batch of tests/oracles/make_resnet_golden.py: blocks of one colour, then noise, and so on; some labels missing. */
export function makeGoldenBatch(batch: number, size: number): TrainBatch {
  const images = new Uint8Array(batch * 3 * size * size)
  let cursor = 0
  for (let n = 0; n < batch; n++)
    for (let c = 0; c < 3; c++)
      for (let y = 0; y < size; y++)
        for (let x = 0; x < size; x++) {
          const step = n % 2 === 0 ? 4 : 1
          images[cursor++] =
            mix(((n * 3 + c) * size + Math.floor(y / step)) * size + Math.floor(x / step)) >>> 24
        }
  const index = Int32Array.from({ length: batch }, (_, n) => n)
  return {
    images,
    labels: new Map([
      ['age', index.map((n) => (n * 5) % 9)],
      ['gender', index.map((n) => (n % 3 === 0 ? -1 : n % 2))],
      ['race', index.map((n) => (n < 2 ? -1 : n % 7))],
    ] as const),
  }
}
