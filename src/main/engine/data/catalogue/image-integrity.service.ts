import { stat } from 'node:fs/promises'
import { setImmediate as yieldToEvents } from 'node:timers/promises'
import type { IntegrityCheck } from '#shared/contract/integrity.contract.ts'
import { readFailure } from '#shared/contract/errors.ts'
import type { CheckContext } from '#engine/base/integrity/integrity-source.ts'
import { hashFile } from '#engine/base/kernel/hash-file.ts'
import { mapSystemError } from '#engine/base/kernel/system-error.ts'
import { openThumbnail, thumbnailPath } from '#engine/base/media/thumbnail-store.ts'
import { readAge } from './domain/age-label.ts'
import type { ImageIntegrityRepo, LabelsWithHistory, RecordedImage } from './image-integrity.repo.ts'
import { locateFile } from './locate-file.ts'

const imagesPerPage = 500
const filesAtOnce = 8

const imageAdvice =
  'Put the imported file back where it was; an image whose file is another one is not used for training or evaluation.'
const thumbnailAdvice = 'Nothing to do: it is drawn again from its image when it is next shown.'
const labelAdvice =
  'The label was changed without a trace. Put a copy of the catalogue back (evenhand backup list), or relabel the image, which is recorded.'

/** Images, thumbnails and labels beside what was recorded of them. */
export class ImageIntegrityService {
  readonly #repo: ImageIntegrityRepo
  readonly #projectFolder: string
  readonly #thumbsFolder: string

  constructor(deps: { repo: ImageIntegrityRepo; projectFolder: string; thumbsFolder: string }) {
    this.#repo = deps.repo
    this.#projectFolder = deps.projectFolder
    this.#thumbsFolder = deps.thumbsFolder
  }

  hasPixels(pixelSha256: string): boolean {
    return this.#repo.hasPixels(pixelSha256)
  }

  async *check(context: CheckContext): AsyncGenerator<IntegrityCheck, void, void> {
    yield* this.#checkLabels(context)
    yield* this.#checkFiles(context)
  }

  async *#checkFiles({ signal, isQuick, report }: CheckContext): AsyncGenerator<IntegrityCheck, void, void> {
    const total = this.#repo.count()
    let done = 0
    for (let after = 0; ;) {
      const page = this.#repo.page({ after, limit: imagesPerPage })
      for (let at = 0; at < page.length; at += filesAtOnce) {
        signal.throwIfAborted()
        const some = page.slice(at, at + filesAtOnce)
        const checks = await Promise.all(
          some.map(async (image) => [
            await this.#checkImage(image, isQuick),
            ...(isQuick ? [] : await this.#checkThumbnail(image)),
          ]),
        )
        yield* checks.flat()
        done += some.length
        report(done, total)
      }
      const last = page.at(-1)
      if (last === undefined || page.length < imagesPerPage) return
      after = last.imageId
    }
  }

  async #checkImage(image: RecordedImage, isQuick: boolean): Promise<IntegrityCheck> {
    const subject = locateFile(image, this.#projectFolder)
    const expected = isQuick ? `${image.bytes} bytes` : image.fileSha256
    try {
      const found = isQuick ? `${(await stat(subject)).size} bytes` : await hashFile(subject)
      const holds = found === expected
      return { kind: 'image', subject, expected, found, holds, advice: holds ? null : imageAdvice }
    } catch (error) {
      const failure = readFailure(mapSystemError(error, { action: 'read', path: subject }))
      if (failure === null) throw error
      return { kind: 'image', subject, expected, found: failure.message, holds: false, advice: imageAdvice }
    }
  }

  /** One that is missing is drawn when it is wanted. */
  async #checkThumbnail({ pixelSha256 }: RecordedImage): Promise<IntegrityCheck[]> {
    const { kind: state } = await openThumbnail(this.#thumbsFolder, pixelSha256)
    if (state === 'missing') return []
    const holds = state === 'whole' ? true : state === 'unsealed' ? null : false
    return [
      {
        kind: 'thumbnail',
        subject: thumbnailPath(this.#thumbsFolder, pixelSha256),
        expected: holds === null ? null : 'its seal',
        found: holds === null ? null : holds ? 'its seal' : 'other bytes',
        holds,
        advice: holds === true ? null : thumbnailAdvice,
      },
    ]
  }

  async *#checkLabels({ signal, report }: CheckContext): AsyncGenerator<IntegrityCheck, void, void> {
    const total = this.#repo.count()
    for (let [after, done] = [0, 0]; ;) {
      signal.throwIfAborted()
      const page = this.#repo.labels({ after, limit: imagesPerPage })
      for (const labels of page) yield describeLabels(labels)
      done += page.length
      report(done, total)
      const last = page.at(-1)
      if (last === undefined || page.length < imagesPerPage) return
      after = last.imageId
      await yieldToEvents()
    }
  }
}

const writeLabels = (labels: readonly (string | null)[]): string =>
  labels.map((label) => label ?? 'none').join(', ')

function describeLabels(image: LabelsWithHistory): IntegrityCheck {
  const { imageId, race, gender, ageYears, ageBin, toldRace, toldGender, toldAge, events } = image
  const age = toldAge === null ? null : readAge(toldAge)
  const isAge = age === null ? ageYears === null && ageBin === null : isSameAge(age, { ageYears, ageBin })
  const isTold = race === toldRace && gender === toldGender && isAge
  const holds = isTold ? true : events === 0 ? null : false
  return {
    kind: 'labels',
    subject: `The labels of image ${imageId}`,
    expected: events === 0 ? null : writeLabels([toldRace, toldGender, toldAge]),
    found: writeLabels([race, gender, ageYears === null ? ageBin : String(ageYears)]),
    holds,
    advice: holds === true ? null : labelAdvice,
  }
}

interface Age {
  readonly ageYears: number | null
  readonly ageBin: string | null
}
const isSameAge = (a: Age, b: Age): boolean => a.ageYears === b.ageYears && a.ageBin === b.ageBin
