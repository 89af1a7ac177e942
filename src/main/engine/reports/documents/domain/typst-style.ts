interface Density {
  readonly margin: string
  readonly size: string
  /** Above and below a section's title. */
  readonly above: string
  readonly below: string
  readonly title: string
}

const usual: Density = {
  margin: '(x: 18mm, top: 18mm, bottom: 20mm)',
  size: '10pt',
  above: '2em',
  below: '0.9em',
  title: '24pt',
}
/** For what is to be read on one page. */
const dense: Density = {
  margin: '(x: 16mm, top: 11mm, bottom: 14mm)',
  size: '8.6pt',
  above: '1em',
  below: '0.6em',
  title: '18pt',
}

/** The look of a report on paper. Fonts are those within Typst, so that a page is the same on every machine. */
export function styleTypst({ isDense }: { isDense: boolean }): string {
  const { margin, size, above, below, title } = isDense ? dense : usual
  return `
#let ink = rgb("#1b1f24")
#let soft = rgb("#57606a")
#let rule = rgb("#d0d7de")
#let raised = rgb("#f6f8fa")
#let mark = rgb("#0b5cad")
#set page(paper: "a4", margin: ${margin}, numbering: "1 / 1", number-align: right)
#set text(font: "Libertinus Serif", size: ${size}, fill: ink, lang: "en", fallback: false, number-width: "tabular")
#set par(leading: 0.6em, spacing: 0.9em)
#set list(spacing: 0.7em)
#set enum(spacing: 0.7em)
#show heading.where(level: 1): it => block(above: ${above}, below: ${below}, sticky: true)[
  #line(length: 100%, stroke: 1pt + ink)
  #v(-0.4em)
  #text(size: 14pt, weight: "bold", it.body)
]
#show heading.where(level: 2): it => block(above: 1.6em, below: 0.8em, sticky: true, text(size: 11pt, weight: "bold", it.body))
#show table.cell.where(y: 0): set text(weight: "bold")
#show figure.where(kind: table): set figure.caption(position: top)
#show figure.where(kind: table): set block(breakable: true)
#show figure.caption: it => align(left, text(size: 8.5pt, fill: soft, it.body))
#show figure: set align(left)
#show figure: set block(above: 1.2em, below: 1.4em)
#let front(title, subtitle, date) = {
  text(fill: soft, date)
  v(-0.3em)
  text(size: ${title}, weight: "bold", title)
  v(-0.8em)
  text(size: 12pt, fill: soft, subtitle)
  v(0.6em)
}
#let callout(body) = block(fill: raised, stroke: (left: 2pt + mark), inset: 8pt, width: 100%, body)
#let findings(items) = for (index, item) in items.enumerate() {
  block(fill: raised, stroke: (left: 2.5pt + mark), inset: (x: 11pt, y: 9pt), width: 100%, above: 0.7em, below: 0.7em, breakable: false, {
    text(size: 8pt, fill: soft, weight: "bold", str(index + 1) + ". " + upper(item.at(0)))
    v(-0.5em)
    par(item.at(1))
  })
}
#let facts(rows) = for row in rows {
  block(width: 100%, stroke: (bottom: 0.4pt + rule), inset: (y: 0.4em), above: 0pt, below: 0pt, breakable: false, {
    text(weight: "bold", row.at(0) + ": ")
    if row.at(2) { text(font: "DejaVu Sans Mono", size: 0.75em, row.at(1)) } else { row.at(1) }
  })
}
#let sheet(caption, sides, head, rows) = figure(kind: table, caption: caption, supplement: none, numbering: none, {
  set text(size: 0.85em)
  set par(leading: 0.45em)
  table(
    columns: sides.enumerate().map(((index, side)) => if index == 0 or side == left { 1fr } else { auto }),
    align: sides,
    stroke: (x, y) => (bottom: if y == 0 { 0.8pt + ink } else { 0.4pt + rule }),
    inset: (x: 4pt, y: 3.2pt),
    table.header(..head),
    ..rows.map(row => row.at(1).map(cell => if row.at(0) { text(fill: soft, cell) } else { [#cell] })).flatten(),
  )
})
#let drawing(path, alt, caption) = figure(kind: image, caption: caption, supplement: none, numbering: none, image(path, alt: alt, width: 100%))
`
}
