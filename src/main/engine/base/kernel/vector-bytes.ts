/** Little-endian float32, one after another. */
export function packVector(vector: Float32Array): Uint8Array {
  const bytes = new Uint8Array(vector.length * 4)
  const view = new DataView(bytes.buffer)
  for (const [at, value] of vector.entries()) view.setFloat32(at * 4, value, true)
  return bytes
}

/** @param into Takes the numbers; its length is the number of dimensions. */
export function unpackVector(bytes: Uint8Array, into: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at < into.length; at++) into[at] = view.getFloat32(at * 4, true)
  return into
}
