import { checkIds, type CheckId } from '#shared/domain/checks.ts'
import { identityKinds, imageStatuses, unchecked, type ImageStatus } from '#shared/domain/image-states.ts'
import { FlagColumn, FlagTest } from './flag-column.ts'

/** What filters and facets need to know about one image. */
export interface ImageFacts {
  readonly id: number
  readonly datasetId: number
  readonly race: string | null
  readonly gender: string | null
  readonly ageYears: number | null
  readonly ageBin: string | null
  readonly identityId: number | null
  readonly status: ImageStatus
  readonly isIdentitySuspect: boolean
}

/** Gives every distinct value a small number; null is 0. */
class Vocabulary {
  readonly values: (string | null)[] = [null]
  readonly #codes = new Map<string | null, number>([[null, 0]])

  codeOf(value: string | null): number {
    const known = this.#codes.get(value)
    if (known !== undefined) return known
    this.#codes.set(value, this.values.length)
    return this.values.push(value) - 1
  }
}

/** Those that follow from how many images an identity has. */
const countedKinds = ['several', 'single', 'none'] as const

const codedColumns = ['dataset', 'race', 'gender', 'age', 'status'] as const
export type CodedColumn = (typeof codedColumns)[number]

/**
 * All images of a catalogue in columns of numbers, one row per image in the order of their ids: some 40 bytes an image,
 * so that any filter over 100,000 of them is a walk of a few milliseconds.
 */
export class ImageTable {
  size = 0
  ids = new Int32Array(0)
  ageYears = new Float32Array(0)
  identityIds = new Int32Array(0)
  /** The checks that flag each image, and whether no scan has come to it. */
  readonly findings: FlagColumn
  /** The identity kinds of each image. */
  readonly identity = new FlagColumn(identityKinds)
  readonly codes: Record<CodedColumn, Uint16Array> = {
    dataset: new Uint16Array(0),
    race: new Uint16Array(0),
    gender: new Uint16Array(0),
    age: new Uint16Array(0),
    status: new Uint16Array(0),
  }
  readonly vocabularies: Readonly<Record<CodedColumn, Vocabulary>> = {
    dataset: new Vocabulary(),
    race: new Vocabulary(),
    gender: new Vocabulary(),
    age: new Vocabulary(),
    status: new Vocabulary(),
  }
  #rowOfId = new Int32Array(0)
  #isIdentityCounted = true

  /** @param checks all that can flag an image */
  constructor(checks: readonly string[] = checkIds) {
    this.findings = new FlagColumn([...checks, unchecked])
    for (const status of imageStatuses) this.vocabularies.status.codeOf(status)
  }

  /** Adds an image, whose id must be above all others, or brings one up to date. */
  put(facts: ImageFacts): void {
    const known = this.rowOf(facts.id)
    const row = known === -1 ? this.#append(facts.id) : known
    this.codes.dataset[row] = this.vocabularies.dataset.codeOf(String(facts.datasetId))
    this.codes.race[row] = this.vocabularies.race.codeOf(facts.race)
    this.codes.gender[row] = this.vocabularies.gender.codeOf(facts.gender)
    this.codes.age[row] = this.vocabularies.age.codeOf(facts.ageBin)
    this.codes.status[row] = this.vocabularies.status.codeOf(facts.status)
    this.ageYears[row] = facts.ageYears ?? Number.NaN
    if (facts.isIdentitySuspect) this.identity.set('suspect', row)
    else this.identity.clear('suspect', row)
    if (known !== -1 && this.identityIds[row] === (facts.identityId ?? 0)) return
    this.identityIds[row] = facts.identityId ?? 0
    this.#isIdentityCounted = false
  }

  /** -1 where there is no such image. */
  rowOf(id: number): number {
    return (this.#rowOfId[id] ?? 0) - 1
  }

  flag(check: CheckId, imageId: number): void {
    const row = this.rowOf(imageId)
    if (row !== -1) this.findings.set(check, row)
  }

  /** @param newestId of the images that some check has come to; those above it are marked where nothing flags them. */
  setChecked(newestId: number): void {
    this.findings.clearAll(unchecked)
    const any = new FlagTest(this.findings, { excluded: [null] })
    for (let row = this.size - 1; row >= 0 && (this.ids[row] ?? 0) > newestId; row--)
      if (!any.passes(row)) this.findings.set(unchecked, row)
  }

  /** Works out who has several images; to be called after the last change and before the table is read. */
  settle(): void {
    if (this.#isIdentityCounted) return
    const images = new Map<number, number>()
    for (let row = 0; row < this.size; row++) {
      const identity = this.identityIds[row] ?? 0
      if (identity !== 0) images.set(identity, (images.get(identity) ?? 0) + 1)
    }
    for (const kind of countedKinds) this.identity.clearAll(kind)
    for (let row = 0; row < this.size; row++) {
      const count = images.get(this.identityIds[row] ?? 0) ?? 0
      this.identity.set(count === 0 ? 'none' : count === 1 ? 'single' : 'several', row)
    }
    this.#isIdentityCounted = true
  }

  #append(id: number): number {
    const last = this.size === 0 ? 0 : (this.ids[this.size - 1] ?? 0)
    if (id <= last) throw new RangeError(`Image ${id} comes after ${last}`)
    if (this.size === this.ids.length) this.#grow()
    if (id >= this.#rowOfId.length) {
      const rows = new Int32Array(Math.max(id + 1, this.#rowOfId.length * 2))
      rows.set(this.#rowOfId)
      this.#rowOfId = rows
    }
    this.ids[this.size] = id
    this.size++
    this.#rowOfId[id] = this.size
    return this.size - 1
  }

  #grow(): void {
    const length = Math.max(1024, this.size * 2)
    const copy = <Column extends { set: (from: Column) => void }>(from: Column, to: Column): Column => {
      to.set(from)
      return to
    }
    this.ids = copy(this.ids, new Int32Array(length))
    this.ageYears = copy(this.ageYears, new Float32Array(length))
    this.identityIds = copy(this.identityIds, new Int32Array(length))
    this.findings.grow(length)
    this.identity.grow(length)
    for (const column of codedColumns) this.codes[column] = copy(this.codes[column], new Uint16Array(length))
  }
}
