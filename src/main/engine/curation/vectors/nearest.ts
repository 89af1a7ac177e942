export interface Neighbour {
  readonly imageId: number
  /** Euclidean. */
  readonly distance: number
}

export function squaredDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let at = 0; at < a.length; at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0)
    sum += difference * difference
  }
  return sum
}

/** Keeps the k nearest of whatever is offered; equal distances go by the smaller image number. */
export class NearestList {
  readonly #k: number
  readonly #kept: { readonly imageId: number; readonly squared: number }[] = []

  constructor(k: number) {
    this.#k = k
  }

  offer(imageId: number, squared: number): void {
    const isBefore = (other: { imageId: number; squared: number }): boolean =>
      squared < other.squared || (squared === other.squared && imageId < other.imageId)
    const last = this.#kept.at(-1)
    if (this.#kept.length >= this.#k && last !== undefined && !isBefore(last)) return
    const at = this.#kept.findIndex(isBefore)
    this.#kept.splice(at < 0 ? this.#kept.length : at, 0, { imageId, squared })
    if (this.#kept.length > this.#k) this.#kept.pop()
  }

  list(): Neighbour[] {
    return this.#kept.map(({ imageId, squared }) => ({ imageId, distance: Math.sqrt(squared) }))
  }
}
