import type { Candidate } from '#engine/networks/faces/domain/suppress-overlaps.ts'
import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'

/** Finds faces. Its answers block the thread, so it lives in a worker. */
export interface FaceDetector extends AsyncDisposable {
  /**
   * Boxes in pixels of the picture, which they may leave, best first and without double ones.
   * @param minimalScore In [0, 1]; boxes the detector believes in less are left out.
   */
  detect(picture: RgbImage, minimalScore: number): Promise<readonly Candidate[]>
}
