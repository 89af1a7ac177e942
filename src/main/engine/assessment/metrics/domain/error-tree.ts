import { createRandom } from '#engine/base/kernel/random.ts'

/** What a tree may ask of an image: a label, or a measure of its picture. */
export interface Covariate {
  readonly name: string
  /** Null for a measure. */
  readonly labels: readonly string[] | null
  /** Whether values follow each other, so that a cut is asked; labels without an order are asked one against all others. */
  readonly isOrdered: boolean
  /** `[n]` measure or index of the label; NaN where it is unknown. */
  readonly values: Float64Array
}

/** One question: left are the images that it is true of. An unknown value is never at most a cut, and is a label of its own. */
interface Question {
  /** Index of the covariate. */
  readonly covariate: number
  readonly relation: 'is' | 'at most' | 'is known'
  /** The label's index, NaN for the unknown one, or the cut; NaN for `is known`. */
  readonly value: number
}

/** Leaves are numbered from 0 on, left before right. */
type ErrorTree =
  | { readonly leaf: number }
  | { readonly question: Question; readonly left: ErrorTree; readonly right: ErrorTree }

/** Answers as a tree looks at them; all arrays `[n]`. */
export interface TreeData {
  readonly isWrong: Uint8Array
  /** Number of the person or set of copies, from 0 on. */
  readonly clusters: Int32Array
  readonly covariates: readonly Covariate[]
}

interface TreeLimits {
  /** Questions from the root to a leaf, at most. */
  readonly depth: number
  readonly images: number
  readonly people: number
}

/** A leaf of fewer says nothing of how people differ. */
export const treeLimits: TreeLimits = { depth: 3, images: 30, people: 10 }

function isTrueOf({ covariate, relation, value }: Question, { covariates }: TreeData, image: number) {
  const own = covariates[covariate]?.values[image] ?? Number.NaN
  if (relation === 'is known') return !Number.isNaN(own)
  return relation === 'is' ? Object.is(own, value) : own <= value
}

interface Split {
  readonly question: Question
  /** How much less the sum of squared deviations is: half of what Gini's impurity loses. */
  readonly gain: number
}

/** Counts of people on both sides of a cut that moves through a row of images. */
class SidesOfPeople {
  readonly #clusters: Int32Array
  readonly #right: Int32Array
  readonly #left: Int32Array
  leftPeople = 0
  rightPeople = 0

  constructor(clusters: Int32Array) {
    this.#clusters = clusters
    let count = 0
    for (const cluster of clusters) if (cluster >= count) count = cluster + 1
    this.#right = new Int32Array(count)
    this.#left = new Int32Array(count)
  }

  /** All to the right. */
  begin(images: Int32Array): void {
    this.leftPeople = 0
    this.rightPeople = 0
    for (const image of images) {
      this.#left[this.#clusters[image]!] = 0
      this.#right[this.#clusters[image]!] = 0
    }
    for (const image of images) {
      const cluster = this.#clusters[image]!
      if (this.#right[cluster] === 0) this.rightPeople += 1
      this.#right[cluster]! += 1
    }
  }

  moveLeft(image: number): void {
    const cluster = this.#clusters[image]!
    this.#right[cluster]! -= 1
    if (this.#right[cluster] === 0) this.rightPeople -= 1
    if (this.#left[cluster] === 0) this.leftPeople += 1
    this.#left[cluster]! += 1
  }
}

interface Row {
  /** Images in the order of their keys. */
  readonly images: Int32Array
  readonly keyOf: (image: number) => number
}

class Grower {
  readonly #data: TreeData
  readonly #limits: TreeLimits
  readonly #sides: SidesOfPeople
  /** By covariate: the images in the order of its values, the unknown ones last; null where no cut is asked. */
  readonly #orders: readonly (Int32Array | null)[]
  /** Node in which an image stands. */
  readonly #nodes: Int32Array
  #nodesMade = 0
  #leaves = 0

  constructor(data: TreeData, limits: TreeLimits, images: Int32Array) {
    this.#data = data
    this.#limits = limits
    this.#sides = new SidesOfPeople(data.clusters)
    this.#nodes = new Int32Array(data.isWrong.length).fill(-1)
    this.#orders = data.covariates.map(({ isOrdered, values }) =>
      isOrdered ? images.toSorted((a, b) => keyOf(values, a) - keyOf(values, b) || a - b) : null,
    )
  }

  grow(images: Int32Array, depth = 0): ErrorTree {
    const split = depth < this.#limits.depth ? this.#findSplit(images) : null
    if (split === null) return { leaf: this.#leaves++ }
    const isLeft = (image: number): boolean => isTrueOf(split.question, this.#data, image)
    const left = this.grow(images.filter(isLeft), depth + 1)
    const right = this.grow(
      images.filter((image) => !isLeft(image)),
      depth + 1,
    )
    return { question: split.question, left, right }
  }

  #findSplit(images: Int32Array): Split | null {
    if (images.length < 2 * this.#limits.images) return null
    const node = this.#nodesMade++
    for (const image of images) this.#nodes[image] = node
    let best: Split | null = null
    for (const [covariate, { values, labels }] of this.#data.covariates.entries()) {
      const order = this.#orders[covariate]
      const rows: { readonly row: Row; readonly question: (key: number, next: number) => Question }[] =
        order === null || order === undefined
          ? listClasses(images, values, labels?.length ?? 0).map(({ label, row }) => ({
              row,
              question: () => ({ covariate, relation: 'is', value: label }),
            }))
          : [
              {
                row: {
                  images: order.filter((image) => this.#nodes[image] === node),
                  keyOf: (image) => keyOf(values, image),
                },
                question: (key, next) => askCut(covariate, key, next),
              },
            ]
      for (const { row, question } of rows) {
        const found = this.#scan(row)
        // Rounding is no gain.
        if (found === null || found.gain <= Math.max(1e-9, (best?.gain ?? 0) + 1e-12)) continue
        best = { gain: found.gain, question: question(found.key, found.next) }
      }
    }
    return best
  }

  /** Where a row of images is best cut in two; null where no cut leaves enough on both sides. */
  #scan({ images, keyOf: keyOfImage }: Row): { gain: number; key: number; next: number } | null {
    const { isWrong } = this.#data
    const n = images.length
    let wrong = 0
    for (const image of images) wrong += isWrong[image]!
    this.#sides.begin(images)
    let best: { gain: number; key: number; next: number } | null = null
    let leftWrong = 0
    for (let place = 0; place + 1 < n; place++) {
      const image = images[place]!
      leftWrong += isWrong[image]!
      this.#sides.moveLeft(image)
      const [left, right] = [place + 1, n - place - 1]
      if (left < this.#limits.images || right < this.#limits.images) continue
      const [key, next] = [keyOfImage(image), keyOfImage(images[place + 1]!)]
      if (key === next) continue
      if (this.#sides.leftPeople < this.#limits.people || this.#sides.rightPeople < this.#limits.people)
        continue
      const gain = leftWrong ** 2 / left + (wrong - leftWrong) ** 2 / right - wrong ** 2 / n
      if (gain > (best?.gain ?? 0) + 1e-12) best = { gain, key, next }
    }
    return best
  }
}

/** Unknown values come last. */
function keyOf(values: Float64Array, image: number): number {
  const value = values[image]!
  return Number.isNaN(value) ? Number.MAX_VALUE : value
}

function askCut(covariate: number, key: number, next: number): Question {
  if (next === Number.MAX_VALUE) return { covariate, relation: 'is known', value: Number.NaN }
  const middle = (key + next) / 2
  // Between two neighbouring numbers there is no third.
  return { covariate, relation: 'at most', value: middle < next ? middle : key }
}

/** Each label that occurs, the unknown one too, against all others. */
function listClasses(
  images: Int32Array,
  values: Float64Array,
  labels: number,
): { label: number; row: Row }[] {
  return [...Array.from({ length: labels }, (_, label) => label), Number.NaN].flatMap((label) => {
    const isIn = (image: number): boolean => Object.is(values[image], label)
    const inside = images.filter(isIn)
    if (inside.length === 0 || inside.length === images.length) return []
    const outside = images.filter((image) => !isIn(image))
    const all = new Int32Array(images.length)
    all.set(inside)
    all.set(outside, inside.length)
    return [{ label, row: { images: all, keyOf: (image: number) => (isIn(image) ? 0 : 1) } }]
  })
}

/**
 * A classification tree of wrong answers by Gini's impurity (Breiman et al. 1984), as scikit-learn's `DecisionTreeClassifier`
 * grows it on one column for each label and measure.
 * @param images indices of those that it is grown on
 */
export const growErrorTree = (data: TreeData, images: Int32Array, limits: TreeLimits): ErrorTree =>
  new Grower(data, limits, images).grow(images)

/** The leaf of an image. */
export function findLeaf(tree: ErrorTree, data: TreeData, image: number): number {
  let node = tree
  while ('question' in node) node = isTrueOf(node.question, data, image) ? node.left : node.right
  return node.leaf
}

/** What is asked on the way to a leaf. */
export interface Step {
  readonly question: Question
  readonly isTrue: boolean
}

/** The way to each leaf, in their order. */
export function listWays(tree: ErrorTree, before: readonly Step[] = []): (readonly Step[])[] {
  if ('leaf' in tree) return [before]
  const { question, left, right } = tree
  return [
    ...listWays(left, [...before, { question, isTrue: true }]),
    ...listWays(right, [...before, { question, isTrue: false }]),
  ]
}

/**
 * Cuts people in two halves of about as many images, nobody in both.
 * @param images indices of those that count
 * @returns images to grow on, and those held back
 */
export function halvePeople(
  clusters: Int32Array,
  { images, seed }: { readonly images: Int32Array; readonly seed: number },
): { readonly grown: Int32Array; readonly held: Int32Array } {
  const sizes = new Map<number, number>()
  for (const image of images) sizes.set(clusters[image]!, (sizes.get(clusters[image]!) ?? 0) + 1)
  const isGrown = new Set<number>()
  let taken = 0
  for (const cluster of createRandom(seed, ['error tree']).shuffle([...sizes.keys()])) {
    if (taken >= images.length / 2) break
    isGrown.add(cluster)
    taken += sizes.get(cluster) ?? 0
  }
  return {
    grown: images.filter((image) => isGrown.has(clusters[image]!)),
    held: images.filter((image) => !isGrown.has(clusters[image]!)),
  }
}
