import { setImmediate as yieldToEvents } from 'node:timers/promises'
import type { CheckId } from '#shared/domain/checks.ts'
import { ImageTable } from '#engine/data/catalogue/domain/image-table.ts'
import { partCodes } from '#engine/data/catalogue/domain/match-images.ts'
import type { CatalogueMarks, FlaggedRow, ImageTableRepo } from './image-table.repo.ts'

/** The table as it stands, with what tells it from an earlier or a later state. */
export interface TableState {
  readonly table: ImageTable
  /** Differs after every change that a filter can see. */
  readonly version: string
  /** Differs after every change of a label. */
  readonly labelVersion: string
  readonly checkVersion: (check: CheckId) => string
}

const rowsAtOnce = 5000
const idsAtOnce = 20_000

const noMarks: CatalogueMarks = { newestImage: null, newestLabel: null, newestDecision: null }

/** Keeps the facts that filters ask for in memory and in step with the catalogue. */
export class ImageTableService {
  readonly #repo: ImageTableRepo
  #table = new ImageTable()
  #marks = noMarks
  /** Grows whenever everything is read anew. */
  #epoch = 0
  #revisions = new Map<CheckId, number>()
  /** Up to where images are checked, as the table says, for so many images and such flags. */
  #checked = ''
  #parts: { readonly key: string; readonly codes: Uint8Array } | null = null
  #last: Promise<unknown> = Promise.resolve()

  constructor(deps: { repo: ImageTableRepo }) {
    this.#repo = deps.repo
  }

  /** Brings the table up to date first: at once after a decision, in some tenths of a second for 100,000 new images. */
  async current(): Promise<TableState> {
    // One after another; a failure is the business of the caller that met it.
    const update = this.#last.then(
      () => this.#update(),
      () => this.#update(),
    )
    this.#last = update
    await update
    const { newestImage, newestLabel, newestDecision } = this.#marks
    const labelVersion = `${this.#epoch}/${newestImage}/${newestLabel}/${newestDecision}`
    const revisions = new Map(this.#revisions)
    return {
      table: this.#table,
      labelVersion,
      version: `${labelVersion}/${this.#checked}`,
      checkVersion: (check) => String(revisions.get(check) ?? 'never'),
    }
  }

  /** Reads everything anew from the next time on: images have gone, which the histories that are followed do not tell. */
  async reset(): Promise<void> {
    const forget = (): void => {
      this.#epoch += 1
      this.#table = new ImageTable()
      this.#marks = noMarks
      this.#revisions = new Map()
      this.#parts = null
      this.#checked = ''
    }
    this.#last = this.#last.then(forget, forget)
    await this.#last
  }

  /** Part of each row in a split that is complete, and so changes by an erasure alone. */
  async readParts(table: ImageTable, splitId: number): Promise<Uint8Array> {
    const key = `${this.#epoch}/${splitId}/${table.size}`
    if (this.#parts?.key === key) return this.#parts.codes
    const codes = new Uint8Array(table.size)
    for (let after = 0, isMore = true; isMore;) {
      const members = this.#repo.members(splitId, after, idsAtOnce)
      for (const { imageId, part } of members) {
        const row = table.rowOf(imageId)
        if (row !== -1) codes[row] = partCodes.indexOf(part)
      }
      after = members.at(-1)?.imageId ?? after
      isMore = members.length === idsAtOnce
      if (isMore) await yieldToEvents()
    }
    this.#parts = { key, codes }
    return codes
  }

  async #update(): Promise<void> {
    const marks = this.#repo.marks()
    const before = this.#marks
    if (
      marks.newestImage !== before.newestImage ||
      marks.newestLabel !== before.newestLabel ||
      marks.newestDecision !== before.newestDecision
    ) {
      await this.#updateFacts(marks)
    }
    for (const [check, { code, revision }] of this.#repo.checkRevisions()) {
      if (this.#revisions.get(check) === revision) continue
      await this.#readFlags(check, code)
      this.#revisions.set(check, revision)
    }
    const checkedUpTo = this.#repo.checkedUpTo()
    const checked = `${checkedUpTo}/${this.#table.size}/${[...this.#revisions].join(';')}`
    if (checked !== this.#checked) this.#table.setChecked(checkedUpTo)
    this.#checked = checked
    this.#table.settle()
  }

  async #updateFacts(marks: CatalogueMarks): Promise<void> {
    const known = this.#marks.newestImage ?? 0
    const changed =
      known === 0 ? [] : this.#repo.changedSince(this.#marks, rowsAtOnce + 1).filter((id) => id <= known)
    if (changed.length > rowsAtOnce) {
      await this.#append(0)
    } else {
      for (const image of this.#repo.factsOf(changed)) this.#table.put(image)
      await this.#append(known)
    }
    // What changed while rows were read lies beyond these marks and is read again.
    this.#marks = marks
  }

  /** Reads the images after this one, known or not. */
  async #append(known: number): Promise<void> {
    for (let after = known, isMore = true; isMore;) {
      const images = this.#repo.factsAfter(after, rowsAtOnce)
      for (const image of images) this.#table.put(image)
      after = images.at(-1)?.id ?? after
      isMore = images.length === rowsAtOnce
      if (isMore) await yieldToEvents()
    }
  }

  async #readFlags(check: CheckId, code: number): Promise<void> {
    this.#table.findings.clearAll(check)
    let after: FlaggedRow | null = null
    for (let isMore = true; isMore;) {
      const rows: FlaggedRow[] = this.#repo.flagged(code, after, idsAtOnce)
      for (const { imageId } of rows) this.#table.flag(check, imageId)
      after = rows.at(-1) ?? after
      isMore = rows.length === idsAtOnce
      if (isMore) await yieldToEvents()
    }
  }
}
