import type { ImagePage } from '#engine/curation/faces/face.repo.ts'

/** Small enough that no statement takes 20 ms on the engine's thread. */
const imagesPerPage = 500

/** All image numbers up to the newest, page by page. */
export function* listPages(newest: number): Generator<ImagePage> {
  for (let after = 0; after < newest; after += imagesPerPage) {
    yield { after, upTo: Math.min(newest, after + imagesPerPage) }
  }
}
