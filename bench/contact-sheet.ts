/**
 * Lays pictures out in a numbered sheet, to be judged by eye: reads a list of files, one a line, and writes one PNG for each
 * page, and nothing else anywhere.
 *
 *     node bench/contact-sheet.ts LIST OUT [--columns 10] [--rows 6] [--side 128] [--from 0]
 */
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import sharp, { type OverlayOptions } from 'sharp'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    columns: { type: 'string', default: '10' },
    rows: { type: 'string', default: '6' },
    side: { type: 'string', default: '128' },
  },
})
const [list, out] = positionals
if (list === undefined || out === undefined)
  throw new Error('Give a list of files and the name of the sheets')
const [columns, rows, side] = [Number(values.columns), Number(values.rows), Number(values.side)]
const files = (await readFile(list, 'utf8')).split('\n').filter((line) => line !== '')
const captionHeight = 14

async function drawTile(file: string, place: number): Promise<OverlayOptions[]> {
  const at = place % (columns * rows)
  const left = (at % columns) * (side + 2)
  const top = Math.floor(at / columns) * (side + captionHeight + 2)
  const picture = await sharp(file)
    .resize(side, side, { fit: 'contain', background: '#f0f' })
    .removeAlpha()
    .toBuffer()
  const caption = Buffer.from(
    `<svg width="${side}" height="${captionHeight}"><rect width="100%" height="100%" fill="#222"/><text x="3" y="11" font-size="11" font-family="monospace" fill="#fff">${place} ${basename(file).slice(0, 12)}</text></svg>`,
  )
  return [
    { input: caption, left, top },
    { input: picture, left, top: top + captionHeight },
  ]
}

for (let page = 0; page * columns * rows < files.length; page++) {
  const shown = files.slice(page * columns * rows, (page + 1) * columns * rows)
  const tiles = await Promise.all(shown.map((file, at) => drawTile(file, page * columns * rows + at)))
  const height = Math.ceil(shown.length / columns) * (side + captionHeight + 2)
  await sharp({ create: { width: columns * (side + 2), height, channels: 3, background: '#000' } })
    .composite(tiles.flat())
    .png()
    .toFile(`${out}-${page}.png`)
}
