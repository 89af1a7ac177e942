/** What a drop tells of a folder. It goes with the entry of the window's history, where no address shows a path. */
export interface DroppedFolder {
  readonly id: string
  readonly name: string
  /** Null where the host does not tell. */
  readonly path: string | null
}

declare module '@tanstack/react-router' {
  interface HistoryState {
    readonly droppedFolder?: DroppedFolder
  }
}
