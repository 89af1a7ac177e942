import { findStandIn } from '#shared/domain/stand-in.ts'

/** Raster formats that are decoded. */
export const rasterFormats = ['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const
export type RasterFormat = (typeof rasterFormats)[number]

export type SniffedFormat =
  | { readonly kind: 'raster'; readonly format: RasterFormat }
  | { readonly kind: 'refused'; readonly name: string; readonly advice: string }
  | { readonly kind: 'unknown' }

const convert = 'convert it to JPEG or PNG'

const refused = (name: string, advice = convert): SniffedFormat => ({ kind: 'refused', name, advice })
const raster = (format: RasterFormat): SniffedFormat => ({ kind: 'raster', format })

const hasBytes = (bytes: Uint8Array, at: number, expected: readonly number[]): boolean =>
  expected.every((value, index) => bytes[at + index] === value)

const readAscii = (bytes: Uint8Array, from: number, to: number): string =>
  String.fromCharCode(...bytes.subarray(from, Math.min(to, bytes.length)))

/** Brands of ISO base media files (ISO/IEC 23008-12) that are still images. */
function sniffIsoMedia(bytes: Uint8Array): SniffedFormat {
  const brands = readAscii(bytes, 8, 64)
  if (/avif|avis/.test(brands)) return raster('avif')
  if (/hei[cmsx]|hev[cmsx]|mif1|msf1/.test(brands)) return refused('a HEIC image')
  return refused('a video or another media container', 'export single frames as JPEG or PNG')
}

/** Markup is recognised before any decoder sees it, because an SVG may name files and addresses to load. */
function sniffMarkup(bytes: Uint8Array): SniffedFormat | null {
  const isUtf16 = hasBytes(bytes, 0, [0xff, 0xfe]) || hasBytes(bytes, 0, [0xfe, 0xff])
  const text = readAscii(bytes, 0, 1024).replaceAll(isUtf16 ? '\0' : '\u{feff}', '')
  const start = text.replace(/^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*/, '').toLowerCase()
  if (/<svg[\s>]/.test(start) || start.startsWith('<!doctype svg')) return refused('an SVG drawing')
  if (start.startsWith('<?xml')) return refused('an XML document, possibly an SVG drawing')
  if (start.startsWith('<!doctype html') || start.startsWith('<html')) {
    return refused('a web page', 'download the image itself')
  }
  return null
}

/** What a file is by its first bytes, whatever its name says. Reads at most 1 KiB. */
export function sniffFormat(bytes: Uint8Array): SniffedFormat {
  if (hasBytes(bytes, 0, [0xff, 0xd8, 0xff])) return raster('jpeg')
  if (hasBytes(bytes, 0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return raster('png')
  if (readAscii(bytes, 0, 4) === 'RIFF' && readAscii(bytes, 8, 12) === 'WEBP') return raster('webp')
  if (/^GIF8[79]a/.test(readAscii(bytes, 0, 6))) return raster('gif')
  if (hasBytes(bytes, 0, [0x49, 0x49, 0x2a, 0]) || hasBytes(bytes, 0, [0x4d, 0x4d, 0, 0x2a]))
    return raster('tiff')
  if (hasBytes(bytes, 0, [0x49, 0x49, 0x2b, 0]) || hasBytes(bytes, 0, [0x4d, 0x4d, 0, 0x2b]))
    return raster('tiff')
  if (readAscii(bytes, 4, 8) === 'ftyp') return sniffIsoMedia(bytes)
  if (readAscii(bytes, 0, 2) === 'BM') return refused('a BMP image')
  if (/^P[1-7]\s/.test(readAscii(bytes, 0, 3))) return refused('a Netpbm image')
  if (readAscii(bytes, 0, 4) === '%PDF')
    return refused('a PDF document', 'export its pictures as JPEG or PNG')
  if (hasBytes(bytes, 0, [0x1f, 0x8b]))
    return refused('a gzip archive, possibly a compressed SVG', 'unpack it first')
  if (readAscii(bytes, 0, 2) === 'PK') return refused('a zip archive', 'unpack it first')
  if (readAscii(bytes, 0, 4) === '8BPS') return refused('a Photoshop document')
  if (hasBytes(bytes, 0, [0, 0, 1, 0])) return refused('an icon file')
  if (hasBytes(bytes, 0, [0xff, 0x0a]) || readAscii(bytes, 4, 8) === 'JXL ') return refused('a JPEG XL image')
  if (readAscii(bytes, 4, 8) === 'jP  ') return refused('a JPEG 2000 image')
  const markup = sniffMarkup(bytes)
  if (markup !== null) return markup
  const standIn = findStandIn(bytes)
  return standIn === null ? { kind: 'unknown' } : refused(standIn.what, standIn.advice)
}
