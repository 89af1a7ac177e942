/** Colours of TIFF (tag 262, PhotometricInterpretation; TIFF 6.0, TIFF/EP and DNG) in which no decoder here reads a picture. */
const unreadColours: Readonly<Record<number, string>> = {
  4: 'a mask',
  8: 'CIE L*a*b*',
  9: 'ICC L*a*b*',
  10: 'ITU L*a*b*',
  32_803: "a camera's raw colour filter",
  32_844: 'logarithmic luminance',
  32_845: 'logarithmic luminance and chromaticity',
  34_892: "a camera's linear raw values",
}

const photometricTag = 262
const entryBytes = 12

/**
 * The colours that the first picture of a TIFF is in, in words, where they are none that is read; null for all others, and for what is
 * no TIFF that can be followed.
 */
export function findUnreadColours(bytes: Uint8Array): string | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const isLittle = bytes[0] === 0x49
  if (bytes.length < 8 || view.getUint16(2, isLittle) !== 42) return null
  const directory = view.getUint32(4, isLittle)
  if (directory + 2 > bytes.length) return null
  const entries = view.getUint16(directory, isLittle)
  for (let entry = 0; entry < entries; entry++) {
    const at = directory + 2 + entry * entryBytes
    if (at + entryBytes > bytes.length) return null
    if (view.getUint16(at, isLittle) === photometricTag)
      return unreadColours[view.getUint16(at + 8, isLittle)] ?? null
  }
  return null
}
