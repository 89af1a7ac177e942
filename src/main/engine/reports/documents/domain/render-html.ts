import { escapeXml } from './draw-figures.ts'
import { htmlStyle } from './html-style.ts'
import type { Block, Page, TableBlock } from './page.ts'

/**
 * One file that asks for nothing: no script, no style sheet, font or picture from elsewhere, which a policy in it forbids as well.
 * It prints on A4 and reads on a telephone, in the light or dark that the reader's machine is set to.
 */
export function renderHtml(page: Page): string {
  const title = `${page.title}: ${page.subtitle}`
  const contents = page.sections
    .map(({ id, title: name }) => `<li><a href="#${id}">${escapeXml(name)}</a></li>`)
    .join('')
  const sections = page.sections
    .map(
      ({ id, title: name, blocks }) =>
        `<section aria-labelledby="${id}"><h2 id="${id}">${escapeXml(name)}</h2>\n${blocks.map(renderBlock).join('\n')}</section>`,
    )
    .join('\n')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>${escapeXml(title)}</title>
<style>${htmlStyle}</style>
</head>
<body>
<header><p class="date">${escapeXml(page.date)}</p><h1>${escapeXml(page.title)}</h1><p class="subtitle">${escapeXml(page.subtitle)}</p></header>
<nav aria-label="Contents"><ol>${contents}</ol></nav>
<main>
${sections}
</main>
</body>
</html>
`
}

function renderBlock(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `<h3>${escapeXml(block.text)}</h3>`
    case 'text':
      return `<p>${escapeXml(block.text)}</p>`
    case 'callout':
      return `<p class="callout">${escapeXml(block.text)}</p>`
    case 'list': {
      const name = block.isOrdered === true ? 'ol' : 'ul'
      return `<${name}>${block.items.map((item) => `<li>${escapeXml(item)}</li>`).join('')}</${name}>`
    }
    case 'findings':
      return `<ol class="findings">${block.items.map(({ mark, text }) => `<li><strong>${escapeXml(mark)}</strong><p>${escapeXml(text)}</p></li>`).join('')}</ol>`
    case 'facts':
      return `<dl>${block.rows.map(({ term, text, isCode }) => `<div><dt>${escapeXml(term)}</dt><dd>${isCode === true ? `<code>${escapeXml(text)}</code>` : escapeXml(text)}</dd></div>`).join('')}</dl>`
    case 'table':
      return renderTable(block)
    case 'figure':
      return `<figure><div class="drawing" role="region" tabindex="0" aria-label="${escapeXml(block.caption)}">${block.svg.replace('<svg ', `<svg role="img" aria-label="${escapeXml(block.alt)}" `)}</div><figcaption>${escapeXml(block.caption)}</figcaption></figure>`
    default:
      return block satisfies never
  }
}

function renderTable({ caption, columns, rows, faint }: TableBlock): string {
  const side = (index: number): string => (columns[index]?.alignRight === true ? ' class="right"' : '')
  const head = columns.map(({ title }, index) => `<th scope="col"${side(index)}>${escapeXml(title)}</th>`)
  const body = rows.map((cells, row) => {
    const drawn = cells.map((cell, index) =>
      index === 0 ? `<th scope="row">${escapeXml(cell)}</th>` : `<td${side(index)}>${escapeXml(cell)}</td>`,
    )
    return `<tr${faint?.[row] === true ? ' class="faint"' : ''}>${drawn.join('')}</tr>`
  })
  return `<div class="table" role="region" tabindex="0" aria-label="${escapeXml(caption)}"><table><caption>${escapeXml(caption)}</caption><thead><tr>${head.join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div>`
}
