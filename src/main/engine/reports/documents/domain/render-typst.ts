import { styleTypst } from './typst-style.ts'
import type { Block, Page, TableBlock } from './page.ts'

/** A report as Typst reads it, with the drawings that it names. */
export interface TypstSource {
  readonly main: string
  readonly figures: readonly { readonly path: string; readonly svg: string }[]
}

/** Scripts that the font of a report has letters of. */
const drawable = /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Common}\p{Script=Inherited}]/u
const pictures = /\p{Extended_Pictographic}/u
const plainAscii = /[\u{20}-\u{7e}]/u

/** A text whose every character can be drawn: what the font lacks stands as its number, as U+4E2D. */
export const spellText = (text: string): string =>
  Array.from(text.replaceAll(/\s+/g, ' '), (letter) =>
    plainAscii.test(letter) || (drawable.test(letter) && !pictures.test(letter))
      ? letter
      : `U+${(letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`,
  ).join('')

/** A string of Typst: nothing in it is markup. */
const quote = (text: string): string => `"${spellText(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
const list = (items: readonly string[]): string => `(${items.map((item) => `${item},`).join(' ')})`

export function renderTypst(page: Page): TypstSource {
  const figures: { path: string; svg: string }[] = []
  const draw = (svg: string): string => {
    const path = `/figure-${figures.length + 1}.svg`
    figures.push({ path, svg: respell(svg) })
    return path
  }
  const body = page.sections.flatMap(({ title, blocks }) => [
    `= #${quote(title)}`,
    ...blocks.map((block) => renderBlock(block, draw)),
  ])
  const [year, month, day] = page.date.split('-').map(Number)
  const main = [
    styleTypst({ isDense: page.isDense === true }),
    `#set document(title: ${quote(`${page.title}: ${page.subtitle}`)}, author: "Evenhand", date: datetime(year: ${year}, month: ${month}, day: ${day}))`,
    `#front(${quote(page.title)}, ${quote(page.subtitle)}, ${quote(page.date)})`,
    ...body,
    '',
  ].join('\n')
  return { main, figures }
}

/** Words of a drawing by the same rule as those of the page. */
const respell = (svg: string): string =>
  svg.replaceAll(/>([^<]+)</g, (_, text: string) => `>${spellText(text)}<`)

function renderBlock(block: Block, draw: (svg: string) => string): string {
  switch (block.kind) {
    case 'heading':
      return `== #${quote(block.text)}`
    case 'text':
      return `#par(${quote(block.text)})`
    case 'callout':
      return `#callout(${quote(block.text)})`
    case 'list':
      return `#${block.isOrdered === true ? 'enum' : 'list'}(${block.items.map(quote).join(', ')})`
    case 'findings':
      return `#findings(${list(block.items.map(({ mark, text }) => `(${quote(mark)}, ${quote(text)})`))})`
    case 'facts':
      return `#facts(${list(block.rows.map(({ term, text, isCode }) => `(${quote(term)}, ${quote(text)}, ${isCode === true})`))})`
    case 'table':
      return renderTable(block)
    case 'figure':
      return `#drawing(${quote(draw(block.svg))}, ${quote(block.alt)}, ${quote(block.caption)})`
    default:
      return block satisfies never
  }
}

function renderTable({ caption, columns, rows, faint }: TableBlock): string {
  const aligned = list(columns.map(({ alignRight }) => (alignRight === true ? 'right' : 'left')))
  const head = list(columns.map(({ title }) => quote(title)))
  const body = rows.map((row, index) => `(${faint?.[index] === true}, ${list(row.map(quote))})`)
  return `#sheet(${quote(caption)}, ${aligned}, ${head}, ${list(body)})`
}
