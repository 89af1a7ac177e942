/** What a report shows, before it is known whether a browser or a printer will show it. */
export interface Page {
  readonly title: string
  /** Under the title: what was measured, on what. */
  readonly subtitle: string
  /** ISO date of the newest record. */
  readonly date: string
  readonly sections: readonly Section[]
  /** Set closer on paper, to fit on one page. */
  readonly isDense?: boolean
}

export interface Section {
  /** For links within the page. */
  readonly id: string
  readonly title: string
  readonly blocks: readonly Block[]
}

export interface Column {
  readonly title: string
  readonly alignRight?: boolean
}

export interface TableBlock {
  readonly kind: 'table'
  readonly caption: string
  readonly columns: readonly Column[]
  /** The first cell of a row names it. */
  readonly rows: readonly (readonly string[])[]
  /** Rows that rest on few images. */
  readonly faint?: readonly boolean[]
}

export type Block =
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'callout'; readonly text: string }
  | { readonly kind: 'list'; readonly isOrdered?: boolean; readonly items: readonly string[] }
  | {
      readonly kind: 'findings'
      readonly items: readonly { readonly mark: string; readonly text: string }[]
    }
  | {
      readonly kind: 'facts'
      readonly caption: string
      readonly rows: readonly { readonly term: string; readonly text: string; readonly isCode?: boolean }[]
    }
  | TableBlock
  | {
      readonly kind: 'figure'
      /** A whole SVG document. */
      readonly svg: string
      readonly caption: string
      /** What it shows, for those who cannot see it. */
      readonly alt: string
    }
