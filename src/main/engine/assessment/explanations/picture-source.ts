import type { ExplainedPicture } from '#shared/contract/explanation.contract.ts'
import type { CatalogueService } from '#engine/data/catalogue/catalogue.service.ts'
import type { MediaService } from '#engine/data/catalogue/media.service.ts'
import type { PictureDesk } from './picture-desk.ts'

interface PictureSourceDeps {
  readonly media: Pick<MediaService, 'image'>
  readonly catalogue: Pick<CatalogueService, 'locateImage'>
  readonly desk: Pick<PictureDesk, 'get'>
}

export interface PictureSource {
  /**
   * The picture's bytes, still encoded, and the hash of the file that it is of. Throws NOT_FOUND for an image that there is not, and for a
   * picture that is no longer held.
   */
  read(of: ExplainedPicture): Promise<{ picture: Uint8Array; fileSha256: string }>
}

/** Images of the project by their numbers, and pictures that the window asked about by their hashes. */
export const openPictureSource = ({ media, catalogue, desk }: PictureSourceDeps): PictureSource => ({
  async read(of) {
    if ('picture' in of) return { picture: desk.get(of.picture), fileSha256: of.picture }
    const { fileSha256 } = catalogue.locateImage(of.imageId)
    return { picture: (await media.image(of.imageId)).bytes, fileSha256 }
  },
})
