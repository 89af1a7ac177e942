import type { ExchangeRepo } from './exchange.repo.ts'
import { indexPathEnds, matchImage, type ImageMatch, type KnownImages } from './match-image.ts'

/** Finds the images that files from elsewhere name, by hash or by the longest end of a path. */
export class PictureMatcher {
  readonly #exchange: Pick<ExchangeRepo, 'byHash' | 'byPath' | 'listCandidates'>

  constructor(exchange: Pick<ExchangeRepo, 'byHash' | 'byPath' | 'listCandidates'>) {
    this.#exchange = exchange
  }

  /** For one file: its images are read once, when a path first asks for them. */
  open(): (named: { readonly sha256: string | null; readonly path: string | null }) => ImageMatch {
    let ends: ReturnType<KnownImages['ends']> | undefined
    const known: KnownImages = {
      byHash: (sha256) => this.#exchange.byHash(sha256),
      byPath: (path) => this.#exchange.byPath(path),
      ends: () => (ends ??= indexPathEnds(this.#exchange.listCandidates())),
    }
    return (named) => matchImage(known, named)
  }
}
