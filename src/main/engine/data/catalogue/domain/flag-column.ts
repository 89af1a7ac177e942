const bitsPerWord = 32

interface Place {
  readonly word: number
  readonly bit: number
}

/** Which flags of a closed list each row carries: 32 to a word, and as many words a row as the list asks for. */
export class FlagColumn {
  readonly names: readonly string[]
  readonly wordsPerRow: number
  /** `[rows, wordsPerRow]` */
  words = new Int32Array(0)
  readonly #places: ReadonlyMap<string, Place>
  /** As of the last look, until a flag changes. */
  #used: { readonly rows: number; readonly flags: Uint8Array } | null = null

  constructor(names: readonly string[]) {
    this.names = names
    this.wordsPerRow = Math.ceil(names.length / bitsPerWord)
    this.#places = new Map(
      names.map((name, place) => [
        name,
        { word: Math.floor(place / bitsPerWord), bit: 1 << (place % bitsPerWord) },
      ]),
    )
  }

  grow(rows: number): void {
    const words = new Int32Array(rows * this.wordsPerRow)
    words.set(this.words)
    this.words = words
  }

  set(name: string, row: number): void {
    const { word, bit } = this.#find(name)
    const at = row * this.wordsPerRow + word
    this.#write(at, (this.words[at] ?? 0) | bit)
  }

  clear(name: string, row: number): void {
    const { word, bit } = this.#find(name)
    const at = row * this.wordsPerRow + word
    this.#write(at, (this.words[at] ?? 0) & ~bit)
  }

  /** Most rows that are brought up to date keep their flags, and then what all rows carry need not be looked for again. */
  #write(at: number, bits: number): void {
    if (this.words[at] === bits) return
    this.words[at] = bits
    this.#used = null
  }

  clearAll(name: string): void {
    const { word, bit } = this.#find(name)
    const { words } = this
    for (let at = word; at < words.length; at += this.wordsPerRow) words[at] = (words[at] ?? 0) & ~bit
    this.#used = null
  }

  /** `[wordsPerRow]` with the bits of these flags, as they stand in a row that carries just them. */
  mask(names: readonly string[]): Int32Array {
    const mask = new Int32Array(this.wordsPerRow)
    for (const name of names) {
      const { word, bit } = this.#find(name)
      mask[word] = (mask[word] ?? 0) | bit
    }
    return mask
  }

  /** @param counts `[names + 1]`: one more for each flag that the row carries, or at the end where it carries none. */
  count(row: number, counts: Uint32Array): void {
    const { words, wordsPerRow } = this
    const start = row * wordsPerRow
    const end = start + wordsPerRow
    let whole = 0
    let place = 31
    for (let at = start; at < end; at++, place += bitsPerWord) {
      const bits = words[at]!
      whole |= bits
      for (let rest = bits; rest !== 0; rest &= rest - 1) counts[place - Math.clz32(rest & -rest)]!++
    }
    if (whole === 0) counts[counts.length - 1]!++
  }

  /** `[names + 1]`: 1 for each flag that any of the rows carries, and at the end where one carries none. */
  findUsed(rows: number): Uint8Array {
    if (this.#used?.rows !== rows) this.#used = { rows, flags: this.#lookForUsed(rows) }
    return this.#used.flags
  }

  #lookForUsed(rows: number): Uint8Array {
    const { words, wordsPerRow } = this
    const used = new Int32Array(wordsPerRow)
    let hasEmpty = 0
    for (let start = 0; start < rows * wordsPerRow; start += wordsPerRow) {
      let whole = 0
      for (let word = 0; word < wordsPerRow; word++) {
        const bits = words[start + word]!
        used[word]! |= bits
        whole |= bits
      }
      if (whole === 0) hasEmpty = 1
    }
    const isUsed = (name: string): boolean => {
      const { word, bit } = this.#find(name)
      return ((used[word] ?? 0) & bit) !== 0
    }
    return Uint8Array.from([...this.names.map((name) => (isUsed(name) ? 1 : 0)), hasEmpty])
  }

  #find(name: string): Place {
    const place = this.#places.get(name)
    if (place === undefined) throw new RangeError(`There is no flag ${name}`)
    return place
  }
}

/** What is asked of a row's flags; null stands for none of them. */
export interface FlagsAsked {
  readonly wanted?: readonly (string | null)[] | undefined
  readonly excluded?: readonly (string | null)[] | undefined
}

/** Rows with one of the wanted flags pass (all where none is named), unless they carry one that is excluded. */
export class FlagTest {
  readonly #column: FlagColumn
  readonly #isAsked: boolean
  readonly #any: Int32Array
  readonly #none: boolean
  readonly #without: Int32Array
  readonly #withoutNone: boolean
  readonly #isOpen: boolean

  constructor(column: FlagColumn, { wanted = [], excluded = [] }: FlagsAsked) {
    const isName = (value: string | null): value is string => value !== null
    this.#column = column
    this.#isAsked = wanted.length > 0
    this.#any = column.mask(wanted.filter(isName))
    this.#none = wanted.includes(null)
    this.#without = column.mask(excluded.filter(isName))
    this.#withoutNone = excluded.includes(null)
    this.#isOpen = wanted.length === 0 && excluded.length === 0
  }

  passes(row: number): boolean {
    if (this.#isOpen) return true
    const { words, wordsPerRow } = this.#column
    const any = this.#any
    const without = this.#without
    let at = row * wordsPerRow
    let whole = 0
    let found = 0
    let barred = 0
    for (let word = 0; word < wordsPerRow; word++, at++) {
      const bits = words[at]!
      whole |= bits
      found |= bits & any[word]!
      barred |= bits & without[word]!
    }
    if (barred !== 0 || (whole === 0 && this.#withoutNone)) return false
    return !this.#isAsked || found !== 0 || (whole === 0 && this.#none)
  }
}
