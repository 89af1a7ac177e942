import type { Db, Query } from '#engine/base/db/db.ts'
import type { RowDecoder } from '#engine/base/db/row-decoder.ts'

/** `row` is the place in the text's own order, `id` the image or identity it speaks of. */
export interface SearchHit {
  readonly row: number
  readonly id: number
}

/** By hand: a common word is in every image. */
const decodeHit: RowDecoder<SearchHit> = (row) => {
  if (typeof row !== 'object' || row === null) throw new TypeError('A row must be an object')
  const [place, id]: unknown[] = [Reflect.get(row, 'row'), Reflect.get(row, 'id')]
  if (typeof place !== 'number' || typeof id !== 'number')
    throw new TypeError('A search answers with numbers')
  return { row: place, id }
}

export interface OpenFinding {
  readonly id: number
  readonly score: number
}

/** By hand, as above. */
const decodeOpen: RowDecoder<OpenFinding> = (row) => {
  if (typeof row !== 'object' || row === null) throw new TypeError('A row must be an object')
  const [id, score]: unknown[] = [Reflect.get(row, 'image_id'), Reflect.get(row, 'score')]
  if (typeof id !== 'number' || typeof score !== 'number') throw new TypeError('A queue answers with numbers')
  return { id, score }
}

export type SearchedText = 'paths' | 'notes' | 'identities'

/** Matches the text literally, whatever wildcards it holds. */
const containing = (text: string): string => `%${text.replace(/[\\%_]/g, (mark) => `\\${mark}`)}%`

/** Finds images and identities by words, through the text indexes, and by parts of words. */
export class ImageSearchRepo {
  readonly #words: Readonly<Record<SearchedText, Query<SearchHit>>>
  readonly #containing: Query<SearchHit>
  readonly #open: Query<OpenFinding>

  constructor(db: Db) {
    this.#words = {
      paths: db.prepareQuery(
        `SELECT rowid AS row, rowid AS id FROM image_text
         WHERE image_text MATCH :phrase AND rowid > :after ORDER BY rowid LIMIT :limit`,
        decodeHit,
      ),
      notes: db.prepareQuery(
        `SELECT decision.id AS row, decision.image_id AS id
         FROM decision_text JOIN decision ON decision.id = decision_text.rowid
         WHERE decision_text MATCH :phrase AND decision_text.rowid > :after
         ORDER BY decision_text.rowid LIMIT :limit`,
        decodeHit,
      ),
      identities: db.prepareQuery(
        `SELECT rowid AS row, rowid AS id FROM identity_text
         WHERE identity_text MATCH :phrase AND rowid > :after ORDER BY rowid LIMIT :limit`,
        decodeHit,
      ),
    }
    this.#open = db.prepareQuery(
      `SELECT image_id, score FROM check_score INDEXED BY check_score_open
       WHERE check_id = :checkCode AND is_flagged = 1 AND is_decided = 0 AND (score, image_id) > (:score, :id)
       ORDER BY score, image_id LIMIT :limit`,
      decodeOpen,
    )
    this.#containing = db.prepareQuery(
      `SELECT id AS row, id FROM image WHERE path LIKE :text ESCAPE '\\'
       UNION ALL
       SELECT image.id AS row, image.id FROM identity JOIN image ON image.identity_id = identity.id
       WHERE identity.name LIKE :text ESCAPE '\\'`,
      decodeHit,
    )
  }

  /**
   * @param words in lower case and without marks; they follow one another, and the last may only have begun
   * @param from where to go on, and how many to give at most
   */
  findWords(
    text: SearchedText,
    words: readonly string[],
    from: { readonly after: number; readonly limit: number },
  ): SearchHit[] {
    return this.#words[text].all({ phrase: `"${words.join(' ')}" *`, ...from })
  }

  /** What waits in the queue of a check, worst first. @param after the last one of the batch before */
  findOpen(checkCode: number, after: OpenFinding | null, limit: number): OpenFinding[] {
    const { score, id } = after ?? { score: -1, id: 0 }
    return this.#open.all({ checkCode, score, id, limit })
  }

  /** Images whose path or identity's name contains the text. */
  findContaining(text: string): number[] {
    return this.#containing.all({ text: containing(text) }).map(({ id }) => id)
  }
}
