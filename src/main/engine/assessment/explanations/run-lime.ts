import type { Random } from '#engine/base/kernel/random.ts'
import type { Asker } from './asker.ts'
import { drawMasks, type Masks } from './domain/masks.ts'
import { measureAgreement } from './domain/rank-correlation.ts'
import type { Segments } from './domain/segments.ts'
import { fitSurrogates, type Surrogate } from './domain/surrogate.ts'

/** A picture with all its regions shown, and with all hidden. */
export interface Hideable {
  /** `[3, size, size]` planar each, 0-255. */
  readonly shown: Uint8Array
  readonly hidden: Uint8Array
  readonly segments: Segments
}

/** Writes the picture with the regions hidden that one row of masks names. */
export function writeMasked(
  { shown, hidden, segments }: Hideable,
  mask: Uint8Array,
  into: Float32Array,
): void {
  const { labels } = segments
  const plane = labels.length
  for (let pixel = 0; pixel < plane; pixel++) {
    const from = mask[labels[pixel] ?? 0] === 1 ? shown : hidden
    into[pixel] = from[pixel] ?? 0
    into[pixel + plane] = from[pixel + plane] ?? 0
    into[pixel + 2 * plane] = from[pixel + 2 * plane] ?? 0
  }
}

/** Samples of one seed, to which more of the same can be added. */
export class LimeStream {
  readonly #picture: Hideable
  readonly #drawing: () => Random
  #answers = new Float64Array()
  #masks: Masks

  /** @param drawing Starts the random numbers of this stream from their beginning. */
  constructor(picture: Hideable, drawing: () => Random) {
    this.#picture = picture
    this.#drawing = drawing
    this.#masks = { shown: new Uint8Array(), samples: 0, segments: picture.segments.count }
  }

  /** Asks on until there are so many samples. */
  async extend(asker: Asker, samples: number): Promise<void> {
    const { segments, samples: before } = this.#masks
    if (samples <= before) return
    const masks = drawMasks(this.#drawing(), { samples, segments })
    const rowOf = (at: number) => masks.shown.subarray(at * segments, (at + 1) * segments)
    const more = await asker.ask(samples - before, (into, at) =>
      writeMasked(this.#picture, rowOf(before + at), into),
    )
    const answers = new Float64Array(this.#answers.length + more.length)
    answers.set(this.#answers)
    answers.set(more, this.#answers.length)
    this.#answers = answers
    this.#masks = masks
  }

  /** One linear model for each target. */
  fit(outputs: number): Surrogate[] {
    return fitSurrogates({ masks: this.#masks, answers: this.#answers, outputs })
  }
}

/** By target, how far the maps of several streams agree. */
export function agreeOnRanks(streams: readonly (readonly Surrogate[])[]): (number | null)[] {
  const [first = []] = streams
  return first.map((_, target) =>
    measureAgreement(streams.flatMap((fits) => fits.slice(target, target + 1).map(({ weights }) => weights))),
  )
}

/** Where a first map is shown, and where the next: after one batch, then each time there are twice as many. */
export function listMilestones(samples: number, first: number): number[] {
  const milestones: number[] = []
  for (let at = first; at < samples; at *= 2) milestones.push(at)
  return [...milestones, samples]
}
