/** Names of the few channels between the Electron window and its main process; everything else is the contract. */
export const desktopChannels = {
  connectEngine: 'engine:connect',
  enginePort: 'engine:port',
  pickFolder: 'dialog:pick-folder',
  pickFile: 'dialog:pick-file',
  revealPath: 'shell:reveal-path',
  openExternal: 'shell:open-external',
} as const

/** The scheme and host that serve the built window, its media and `/predict` inside Electron. */
export const desktopScheme = 'evenhand'
export const desktopOrigin = `${desktopScheme}://app`

/** Marks the window message that carries the engine's port from the preload script. */
export const enginePortMessage = 'evenhand:engine-port'

export interface PickOptions {
  readonly title: string
  /** Folder to begin in. */
  readonly from?: string | undefined
}

export interface PickFileOptions extends PickOptions {
  /** Extensions without the dot, e.g. `csv`. */
  readonly extensions?: readonly string[] | undefined
}

/** What the preload script puts on `window.evenhandDesktop`; `PageFile` is the page's own `File`. */
export interface DesktopBridge<PageFile = unknown> {
  /** Asks for a new engine port; it arrives as an `enginePortMessage` with the port attached. */
  connectEngine(): void
  /** Absolute path, or null when the person cancelled. */
  pickFolder(options: PickOptions): Promise<string | null>
  pickFile(options: PickFileOptions): Promise<string | null>
  /** Where a file or folder lies that was dropped on the window; empty where it lies nowhere. */
  pathOfFile(file: PageFile): string
  /** Shows a file or folder of the open project in the system's file manager. */
  revealPath(path: string): Promise<void>
  /** Opens an https address from the allow-list in the system's browser. */
  openExternal(url: string): Promise<void>
}
