import { rememberEach } from '#engine/base/kernel/remember.ts'
import type { ImageCodec, ImageCodecName } from './image-codec.ts'

/** The thread's codec: opened at the first call and kept, since opening takes longer than most pictures. */
export const openImageCodec: (name: ImageCodecName) => Promise<ImageCodec> = rememberEach(loadCodec)

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
