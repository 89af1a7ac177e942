import { createNativeCodec } from '#engine/base/media/adapters/sharp.ts'

/** Run as a process of its own: uses the native codec in every way the product does and says so, or dies. */
const codec = createNativeCodec()
const side = 64
const square = { width: side, height: side, data: new Uint8Array(side * side * 3).fill(127) }
for (let round = 0; round < 8; round++) {
  const encoded = await Promise.all([codec.encodePng(square), codec.thumbnail(square)])
  const decoded = await Promise.all(encoded.map((bytes) => codec.decode(bytes)))
  if (decoded.some(({ width, height }) => width !== side || height !== side)) throw new Error('wrong size')
}
process.stdout.write('codec-probe: ok\n')
