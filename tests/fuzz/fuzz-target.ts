import type { Random } from '../hostile/pick.ts'

export interface FuzzSite {
  /** Empty before each input; holds nothing but the input after it. */
  readonly folder: string
}

/** One parser with inputs made for it. */
export interface FuzzTarget {
  readonly name: string
  /** What it is that is read, by file below `src`; every file that decodes foreign bytes is covered by some target. */
  readonly covers: readonly string[]
  /** Well-formed inputs, which must be read: else nothing but refusals would be tested. */
  readonly good: () => Promise<readonly Uint8Array[]> | readonly Uint8Array[]
  /** An input with something wrong in it, from this stream alone. */
  readonly make: (random: Random, good: readonly Uint8Array[]) => Promise<Uint8Array> | Uint8Array
  /**
   * Reads as the product does, and checks what comes out against its own contract.
   * @returns what was read of a good input, or what the product says in place of a failure; throws what the product throws.
   */
  readonly read: (bytes: Uint8Array, site: FuzzSite) => unknown
  /** Files that reading leaves in the folder, the input among them; 1 where left out. */
  readonly leaves?: number
  /** The name under which a refusal names the file; left out where what is read has none. */
  readonly file?: string
}

/** What a parser gave is not what it promises. */
export class BrokenPromise extends Error {
  override readonly name = 'BrokenPromise'
}

export function promise(isKept: boolean, what: string): void {
  if (!isKept) throw new BrokenPromise(what)
}
