import type { Candidate } from '#engine/networks/faces/domain/suppress-overlaps.ts'
import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'

/** Finds faces. Its answers block the thread, so it lives in a worker. */
export interface FaceDetector extends AsyncDisposable {
  /** From here on a box beside a face is a second one; where nothing was measured of it, from where a box is a face. */
  readonly secondScore: number
  /**
   * Boxes in pixels of the picture, which they may leave, best first and without double ones.
   * @param minimalScore In [0, 1]; boxes the detector believes in less are left out.
   */
  detect(picture: RgbImage, minimalScore: number): Promise<readonly Candidate[]>
}
