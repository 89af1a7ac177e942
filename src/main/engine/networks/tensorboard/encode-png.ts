import { promisify } from 'node:util'
import { crc32, deflate } from 'node:zlib'
import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'

const compress = promisify(deflate)
const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)
const bitDepth = 8
const colourTypeRgb = 2

function packChunk(type: string, content: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content])
  const chunk = Buffer.alloc(body.length + 8)
  chunk.writeUInt32BE(content.length, 0)
  chunk.set(body, 4)
  chunk.writeUInt32BE(crc32(body), body.length + 4)
  return chunk
}

/**
 * A PNG of a drawing (ISO/IEC 15948). The media codecs stay in their workers: this runs on the engine's thread,
 * which must not load a native image library for a picture of a few coloured cells.
 */
export async function encodePng({ width, height, data }: RgbImage): Promise<Uint8Array> {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([bitDepth, colourTypeRgb, 0, 0, 0], 8)
  const rowBytes = width * 3
  // Each row begins with its filter; 0 is none.
  const rows = Buffer.alloc(height * (rowBytes + 1))
  for (let y = 0; y < height; y++) {
    rows.set(data.subarray(y * rowBytes, (y + 1) * rowBytes), y * (rowBytes + 1) + 1)
  }
  return Buffer.concat([
    signature,
    packChunk('IHDR', header),
    packChunk('IDAT', await compress(rows)),
    packChunk('IEND', new Uint8Array()),
  ])
}
