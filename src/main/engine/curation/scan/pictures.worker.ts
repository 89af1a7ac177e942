import { lookForFaces } from '#engine/curation/faces/look-for-faces.ts'
import { measurePicture } from '#engine/curation/pixels/measure-picture.ts'
import type { ReadPicture, ReadPicturesTask } from '#engine/curation/scan/picture-tasks.ts'
import { tryDecodeImportedImage } from '#engine/base/media/read-imported-image.ts'
import { packOutcome } from '#engine/base/threads/worker-outcome.ts'

/** Decodes each file once, measures its pixels and looks for its faces. */
export function readPictures({ codec, files, detector, threads }: ReadPicturesTask) {
  return packOutcome(async () => {
    const answers: ReadPicture[] = []
    for (const { isLookedAt, ...file } of files) {
      const decoded = await tryDecodeImportedImage(file, codec)
      answers.push({
        measured: await measurePicture(decoded, file, codec),
        faces: isLookedAt ? await lookForFaces(decoded, { detector, threads }) : null,
      })
    }
    return answers
  })
}
