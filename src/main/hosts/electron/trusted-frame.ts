import { desktopOrigin } from '#shared/contract/desktop-bridge.ts'

export interface FrameAddress {
  readonly url: string
  /** Null for the top frame. */
  readonly parent: unknown
}

/**
 * Whether a message comes from the top frame of our own page.
 * @param developmentUrl Address of the development server; null in a packaged app.
 */
export function isTrustedFrame(frame: FrameAddress | null, developmentUrl: string | null): boolean {
  return frame !== null && frame.parent === null && isOwnAddress(frame.url, developmentUrl)
}

/** Compared part by part, since `URL.origin` is "null" for a scheme of our own. */
export function isOwnAddress(address: string, developmentUrl: string | null): boolean {
  const url = URL.parse(address)
  return [desktopOrigin, ...(developmentUrl === null ? [] : [developmentUrl])].some((own) => {
    const expected = new URL(own)
    return url !== null && url.protocol === expected.protocol && url.host === expected.host
  })
}

const externalHosts: readonly string[] = ['arxiv.org', 'doi.org', 'github.com', 'onnx.ai']

/** Papers and projects that the window cites; nothing else is handed to the system's browser. */
export function isAllowedExternal(address: string): boolean {
  const url = URL.parse(address)
  return url !== null && url.protocol === 'https:' && url.username === '' && externalHosts.includes(url.host)
}
