import type { ImageCodec, ImageCodecName } from './image-codec.ts'

const opened = new Map<ImageCodecName, Promise<ImageCodec>>()

/** The thread's codec: opened at the first call and kept, since opening takes longer than most pictures. */
export function openImageCodec(name: ImageCodecName): Promise<ImageCodec> {
  const known = opened.get(name)
  if (known !== undefined) return known
  const codec = loadCodec(name)
  opened.set(name, codec)
  return codec
}

/** Loads only the adapter that was chosen: merely loading the native one can end Electron on Linux. */
async function loadCodec(name: ImageCodecName): Promise<ImageCodec> {
  switch (name) {
    case 'sharp':
      return (await import('#engine/base/media/adapters/sharp.ts')).createNativeCodec()
    case 'sharp-wasm':
      return (await import('#engine/base/media/adapters/sharp-wasm.ts')).createWasmCodec()
    default:
      return name satisfies never
  }
}
