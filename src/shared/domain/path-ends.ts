export type PathEnd<File> =
  | {
      readonly kind: 'one'
      readonly file: File
      readonly folder: string
      /** Found by the name of the file, whatever folders were written. */
      readonly isByName: boolean
      readonly isSure: boolean
    }
  | { readonly kind: 'several'; readonly files: readonly File[] }
  /** `namesake` has this name, in another folder than the path says. */
  | { readonly kind: 'none'; readonly namesake: File | null }

export interface FileOfFolder<File> {
  readonly file: File
  /** Name of the folder that the path begins in, which paths from elsewhere may hold before theirs. */
  readonly folder: string
  /** Relative to that folder, with `/` between names. */
  readonly path: string
}

interface Indexed<File> extends FileOfFolder<File> {
  readonly names: readonly string[]
  readonly parts: readonly string[]
}

const split = (path: string): string[] =>
  path
    .replaceAll('\\', '/')
    .split('/')
    .filter((part) => part !== '' && part !== '.')

/** Unicode composed and in lower case: systems differ in both for one and the same name. */
const fold = (name: string): string => name.normalize('NFC').toLowerCase()

/** As Label Studio leaves the names of uploads: underscores for blanks, and no brackets. */
const foldUpload = (name: string): string =>
  fold(name)
    .replaceAll(/\s/g, '_')
    .replaceAll(/[()[\]{}]/g, '')

function countShared(a: readonly string[], b: readonly string[]): number {
  let shared = 0
  while (shared < Math.min(a.length, b.length) && a.at(-1 - shared) === b.at(-1 - shared)) shared++
  return shared
}

/** A random prefix that Label Studio puts before the name of an uploaded file. */
const uploadPrefix = /^[0-9a-f]{8}-(?=.)/i
const absolute = /^(?:[a-z][\w+.-]*:)?[\\/]/i

/** What is written without the folders `upload/7/` that Label Studio puts in the place of a picture's own. */
function leaveUploads(parts: readonly string[]): { parts: readonly string[]; isUpload: boolean } {
  const [before, folder] = [parts.at(-3)?.toLowerCase(), parts.at(-2) ?? '']
  const isUpload = before === 'upload' && /^\d+$/.test(folder)
  return { parts: isUpload ? parts.slice(-1) : parts, isUpload }
}

/** The folder that FiftyOne copies all pictures of an export into. */
const copiedInto = 'data'

/**
 * Finds files by paths that were written elsewhere: on another machine, in another case or form of Unicode, without folders, or by
 * a tool that renames what is uploaded. The one reader of such paths, whatever kind of file they stand in.
 */
export class PathEnds<File> {
  readonly #byName: ReadonlyMap<string, readonly Indexed<File>[]>
  /** Whether a folder `data` can be none but that of a tool. */
  readonly #isCopied: boolean

  /** @param others what else is here, where these are not all files: paths relative to the same folder */
  constructor(files: Iterable<FileOfFolder<File>>, others: Iterable<string> = []) {
    const indexed = Array.from(files, (one): Indexed<File> => {
      const names = split(`${one.folder}/${one.path}`)
      return { ...one, names, parts: names.map(fold) }
    })
    const isBelow = (parts: readonly string[]): boolean => parts.slice(0, -1).includes(copiedInto)
    this.#isCopied =
      !indexed.some(({ parts }) => isBelow(parts)) &&
      !Array.from(others).some((path) => isBelow(split(path).map(fold)))
    this.#byName = Map.groupBy(indexed, ({ names }) => foldUpload(names.at(-1) ?? ''))
  }

  /**
   * The file that shares the longest end with this path, and among several the one that is written alike. A name alone suffices
   * where no more than a name is written, where an absolute path ends in all of a file's own path, or behind FiftyOne's folder
   * `data` where no folder is called so: a file of the same name in another folder is most often another picture. `isSure` is
   * false for the last two, which another row may claim with more right.
   */
  find(written: string): PathEnd<File> {
    const whole = split(written)
    const here = this.#findParts(whole, absolute.test(written))
    if (here.kind !== 'none') return here
    if (this.#isCopied && whole.length === 2 && whole[0] === copiedInto && !absolute.test(written)) {
      const copied = this.#findParts(whole.slice(-1), false)
      return copied.kind === 'one' ? { ...copied, isSure: false } : copied
    }
    const { parts, isUpload } = leaveUploads(whole)
    const named = this.#findParts(parts, false)
    if (named.kind !== 'none') return named
    const name = parts.at(-1) ?? ''
    const uploaded =
      uploadPrefix.test(name) && (isUpload || parts.length === 1)
        ? this.#findParts([name.replace(uploadPrefix, '')], false)
        : here
    return uploaded.kind === 'none' ? here : uploaded
  }

  #findParts(names: readonly string[], isAbsolute: boolean): PathEnd<File> {
    const parts = names.map(fold)
    const last = names.at(-1) ?? ''
    const alike = (this.#byName.get(foldUpload(last)) ?? []).map((one) => ({
      one,
      // Their names are alike, if only as uploads are.
      shared: 1 + countShared(one.parts.slice(0, -1), parts.slice(0, -1)),
    }))
    const isMeant = ({ one, shared }: (typeof alike)[number]): boolean =>
      shared >= 2 || parts.length === 1 || (isAbsolute && split(one.path).length === 1)
    const meant = alike.filter(isMeant)
    const most = meant.reduce((longest, { shared }) => Math.max(longest, shared), 0)
    const longest = meant.filter(({ shared }) => shared === most).map(({ one }) => one)
    const [file, ...others] = pickAlike(longest, names.slice(-most))
    if (file === undefined) return { kind: 'none', namesake: alike[0]?.one.file ?? null }
    if (others.length > 0) return { kind: 'several', files: [file, ...others].map((one) => one.file) }
    const isByName = most < 2
    const isSure = !isByName || parts.length === 1
    return { kind: 'one', file: file.file, folder: file.folder, isByName, isSure }
  }
}

/** Those that are written to the letter, else those that differ in case or form alone, else all. */
function pickAlike<File>(files: readonly Indexed<File>[], end: readonly string[]): readonly Indexed<File>[] {
  const isAlike = (form: (name: string) => string) => (one: Indexed<File>) =>
    one.names.slice(-end.length).every((name, at) => form(name) === form(end[at] ?? ''))
  for (const form of [(name: string) => name, (name: string) => name.normalize('NFC'), fold]) {
    const found = files.filter(isAlike(form))
    if (found.length > 0) return found
  }
  return files
}

export interface PathClaim<File> {
  readonly written: string
  readonly file: File
  /** The one that the file lies in here. */
  readonly folder: string
  readonly isSure: boolean
}

const readFolder = (written: string): string => split(written).slice(0, -1).map(fold).join('/')

/**
 * Which of a document's claims hold. Those that are not sure do where all about one folder lie in one folder, which then is
 * the one that has another name here, and where no sure one is about the same file.
 */
export function settleClaims<Claim extends PathClaim<unknown>>(
  claims: readonly Claim[],
): { readonly held: readonly Claim[]; readonly refused: readonly Claim[] } {
  const sure = new Set(claims.filter(({ isSure }) => isSure).map(({ file }) => file))
  const written = new Map<string, Set<string>>()
  for (const claim of claims)
    if (!claim.isSure)
      written.set(claim.folder, (written.get(claim.folder) ?? new Set()).add(readFolder(claim.written)))
  const isHeld = ({ isSure, file, folder }: Claim): boolean =>
    isSure || (written.get(folder)?.size === 1 && !sure.has(file))
  return { held: claims.filter(isHeld), refused: claims.filter((claim) => !isHeld(claim)) }
}
