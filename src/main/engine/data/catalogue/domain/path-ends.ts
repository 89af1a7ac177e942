export type PathEnd =
  | { readonly kind: 'one'; readonly path: string }
  | { readonly kind: 'several'; readonly paths: readonly string[] }
  | { readonly kind: 'none' }

/** Unicode composed and in lower case: systems differ in both for one and the same name. */
const fold = (path: string): string[] =>
  path
    .normalize('NFC')
    .toLowerCase()
    .split('/')
    .filter((part) => part !== '' && part !== '.')

function countShared(a: readonly string[], b: readonly string[]): number {
  let shared = 0
  while (shared < Math.min(a.length, b.length) && a.at(-1 - shared) === b.at(-1 - shared)) shared++
  return shared
}

/** Finds files of a folder by paths that were written elsewhere: on another machine, in another case, or without folders. */
export class PathEnds {
  readonly #byName: ReadonlyMap<
    string,
    readonly { readonly path: string; readonly parts: readonly string[] }[]
  >

  /**
   * @param paths relative to the folder, with `/` between names
   * @param folder its name, which paths from elsewhere may hold before theirs
   */
  constructor(paths: Iterable<string>, folder: string) {
    const files = Array.from(paths, (path) => ({ path, parts: fold(`${folder}/${path}`) }))
    this.#byName = Map.groupBy(files, ({ parts }) => parts.at(-1) ?? '')
  }

  /**
   * The file that shares the longest end with this path. The name alone suffices only where the path is no more than a name: a
   * file of the same name in another folder is most often another picture.
   */
  find(written: string): PathEnd {
    const parts = fold(written.replaceAll('\\', '/'))
    const alike = (this.#byName.get(parts.at(-1) ?? '') ?? []).map((file) => ({
      path: file.path,
      shared: countShared(file.parts, parts),
    }))
    const most = alike.reduce((longest, { shared }) => Math.max(longest, shared), 0)
    if (most === 0 || (most === 1 && parts.length > 1)) return { kind: 'none' }
    const [first, ...others] = alike.filter(({ shared }) => shared === most).map(({ path }) => path)
    if (first === undefined) return { kind: 'none' }
    return others.length === 0 ? { kind: 'one', path: first } : { kind: 'several', paths: [first, ...others] }
  }
}
