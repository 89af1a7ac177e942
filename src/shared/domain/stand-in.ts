/** What came in a file's place when it was fetched. */
export interface StandIn {
  /** Begins with an article. */
  readonly what: string
  /** A clause without its full stop. */
  readonly advice: string
}

/** As much of a file's beginning as is looked at. */
export const standInHeadBytes = 512

/**
 * Recognises what servers and Git leave where a large file was wanted: a web page that asks for a sign-in or a confirmation,
 * the error of a store, a pointer of Git LFS (https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md) or of git-annex.
 *
 * @param bytes the file or its beginning; 512 bytes are looked at
 */
export function findStandIn(bytes: Uint8Array): StandIn | null {
  const text = String.fromCharCode(...bytes.subarray(0, standInHeadBytes)).replace(
    /^(?:\u{ef}\u{bb}\u{bf})?\s*/u,
    '',
  )
  const start = text.toLowerCase()
  if (text.startsWith('version https://git-lfs.github.com/spec/')) {
    const size = /^size (\d+)$/m.exec(text)?.[1]
    return {
      what: `a pointer of Git LFS${size === undefined ? '' : `, which stands for a file of ${size} bytes`}`,
      advice: 'fetch the file itself with "git lfs pull"',
    }
  }
  if (/^(?:\.\.\/)*(?:\.git\/annex\/objects|\/annex\/objects)\//.test(text)) {
    return { what: 'a pointer of git-annex', advice: 'fetch the file itself with "git annex get"' }
  }
  if (/^<!doctype html|^<html|^<head/.test(start)) {
    return {
      what: 'a web page, as servers send in place of a file that wants a sign-in or a confirmation',
      advice: 'open its address in a browser and save the file itself',
    }
  }
  if (/^<\?xml[^>]*>\s*<error>/.test(start)) {
    return {
      what: 'the error of a server in place of the file',
      advice: 'fetch the file anew, with a key or an address that is still valid',
    }
  }
  return null
}
