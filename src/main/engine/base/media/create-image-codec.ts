import type { ImageCodec, ImageCodecName } from './image-codec.ts'

/** Loads only the adapter that was chosen: merely loading the native one can end Electron on Linux. */
export async function createImageCodec(name: ImageCodecName): Promise<ImageCodec> {
  switch (name) {
    case 'sharp':
      return (await import('#engine/base/media/adapters/sharp.ts')).createNativeCodec()
    case 'sharp-wasm':
      return (await import('#engine/base/media/adapters/sharp-wasm.ts')).createWasmCodec()
    default:
      return name satisfies never
  }
}
