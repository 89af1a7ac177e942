import { AppError } from '#shared/contract/errors.ts'
import { formatCount } from '#shared/domain/format.ts'
import { pageInTurns } from '#engine/base/kernel/in-turns.ts'
import { unpackVector } from '#engine/base/kernel/vector-bytes.ts'
import type { MemberImage } from '#engine/data/members/member-images.ts'
import { drawingsOnly } from '#engine/networks/faces/face-detection.ts'
import { cropSource } from '#engine/networks/faces/crop-face.ts'
import { descriptorSize } from '#engine/networks/architecture/face-resnet.ts'
import type { FaceDescriptorRepo } from './face-descriptors.repo.ts'

export interface DescribedImages {
  readonly kept: readonly MemberImage[]
  /** `[kept, 128]` row by row. */
  readonly descriptors: Float32Array<ArrayBuffer>
  /** Images in which the scan found no face. */
  readonly withoutFace: readonly MemberImage[]
}

/** Enough to see what the files have in common. */
const filesNamed = 5
/** Keeps each statement below 20 ms on the engine's thread. */
const rowsPerPage = 2000

const advice =
  'Scan the images with the default detector (evenhand scan --detector default), then train again.'

/** The descriptors that a scan stored, for what learns from them. */
export class FaceDescriptorService {
  readonly #repo: Pick<FaceDescriptorRepo, 'findSource' | 'list'>
  readonly #isSynthetic: boolean

  constructor(deps: { repo: Pick<FaceDescriptorRepo, 'findSource' | 'list'>; isSynthetic: boolean }) {
    this.#repo = deps.repo
    this.#isSynthetic = deps.isSynthetic
  }

  /**
   * Splits images by whether they have a described face.
   * @throws AppError PRECONDITION when some were not looked at in their present pixels, or by another detector than the
   *   one that is asked when the model answers.
   */
  async describe(images: readonly MemberImage[], signal?: AbortSignal): Promise<DescribedImages> {
    this.#checkSource()
    const wanted = new Map(images.map((image, at) => [image.imageId as number, { image, at }]))
    const found = new Map<number, Uint8Array | null>()
    const read = (page: { after: number; limit: number }) => this.#repo.list(page)
    for await (const page of pageInTurns(read, { limit: rowsPerPage, signal })) {
      for (const { imageId, pixelSha256, vector } of page) {
        const asked = wanted.get(imageId)
        if (asked?.image.pixelSha256 === pixelSha256) found.set(asked.at, vector)
      }
    }
    if (found.size < images.length) {
      const unseen = images.filter((_, at) => !found.has(at))
      throw new AppError(
        'PRECONDITION',
        `${formatCount(unseen.length)} of ${formatCount(images.length)} images have not been looked at for faces since they came or changed, and nothing else teaches a probe or a face ResNet: ${listFiles(unseen)}. ${advice} A file that a scan passed over could not be read: put a good one in its place, or remove the image and make a new split.`,
        { details: { images: unseen.length } },
      )
    }
    const hasFace = (at: number): boolean => found.get(at) !== null
    const kept = images.filter((_, at) => hasFace(at))
    const descriptors = new Float32Array(kept.length * descriptorSize)
    const vectors = [...found].sort(([a], [b]) => a - b).flatMap(([, vector]) => vector ?? [])
    vectors.forEach((vector, at) =>
      descriptors.set(unpackVector(vector, new Float32Array(descriptorSize)), at * descriptorSize),
    )
    return { kept, descriptors, withoutFace: images.filter((_, at) => !hasFace(at)) }
  }

  #checkSource(): void {
    if (this.#isSynthetic) {
      throw new AppError(
        'PRECONDITION',
        `${drawingsOnly} Probes and the face ResNet learn from faces alone: train a ResNet on the pictures instead.`,
      )
    }
    const source = this.#repo.findSource()
    if (source === cropSource) return
    const what =
      source === undefined
        ? 'The faces of this project have not been described yet, and nothing else teaches a probe or a face ResNet.'
        : 'The faces of this project were found by another detector, or by that of another version, than the one that looks for a face when the model answers.'
    throw new AppError('PRECONDITION', `${what} ${advice}`)
  }
}

function listFiles(images: readonly MemberImage[]): string {
  const named = images.slice(0, filesNamed).map(({ file }) => file)
  const others = images.length - named.length
  return `${named.join(', ')}${others === 0 ? '' : ` and ${formatCount(others)} more`}`
}
