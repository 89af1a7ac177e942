import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'

export interface GeneratedFolder {
  readonly folder: string
  readonly images: number
  /** Files that no importer can take, with something about each. */
  readonly unusable: number
}

const races = 5
const genders = 2
const ages = [5, 15, 25, 35, 45]

/** Brightness says race, a stripe says gender: enough for a tiny network to learn something. */
async function drawPicture(race: number, gender: number): Promise<Buffer> {
  const sidePx = 48
  const pixels = Buffer.alloc(sidePx * sidePx * 3, 30 + race * 45)
  if (gender === 1) pixels.fill(250, 0, sidePx * 3 * 12)
  return sharp(pixels, { raw: { width: sidePx, height: sidePx, channels: 3 } })
    .png()
    .toBuffer()
}

/** A folder as UTKFace lays it out: labels in the names, one name without labels, one file that is no image. */
export async function writeGeneratedFaces(folder: string, perCell: number): Promise<GeneratedFolder> {
  mkdirSync(folder, { recursive: true })
  let images = 0
  for (let race = 0; race < races; race++) {
    for (let gender = 0; gender < genders; gender++) {
      for (let copy = 0; copy < perCell; copy++) {
        const age = ages[copy % ages.length] ?? 25
        const noise = await sharp(await drawPicture(race, gender))
          .modulate({ brightness: 1 + images / 4000 })
          .jpeg({ quality: 95 - (images % 20) })
          .toBuffer()
        writeFileSync(
          join(folder, `${age}_${gender}_${race}_2017010100${String(images).padStart(7, '0')}.jpg`),
          noise,
        )
        images++
      }
    }
  }
  writeFileSync(join(folder, '25_0_0_20170101999999999.jpg'), 'this is text')
  return { folder, images, unusable: 1 }
}
