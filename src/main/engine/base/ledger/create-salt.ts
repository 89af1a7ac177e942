import { randomFillSync } from 'node:crypto'

const saltBytes = 32
/** Drawing costs much more than handing out: salts are drawn in blocks, and each byte is handed out once. */
const block = Buffer.alloc(256 * saltBytes)
let used = block.length

/**
 * The salt of a line's private part, as 64 hexadecimal digits: by chance and not by a seed, since whoever could draw it again
 * could try contents.
 */
export function createSalt(): string {
  if (used === block.length) {
    randomFillSync(block)
    used = 0
  }
  const salt = block.toString('hex', used, used + saltBytes)
  // What blanking takes away must not stay in memory.
  block.fill(0, used, used + saltBytes)
  used += saltBytes
  return salt
}
