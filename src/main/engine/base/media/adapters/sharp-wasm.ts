import { createRequire, registerHooks } from 'node:module'
import type { SharpConstructor } from 'sharp'
import type { ImageCodec, ImageLimits } from '#engine/base/media/image-codec.ts'
import { createSharpCodec } from './sharp-pipeline.ts'

const nativeBinary = /^@img\/sharp-(?!wasm32)[a-z0-9-]+\/(?:sharp\.node|versions)$/

/**
 * sharp takes the native binary wherever it finds one and offers no switch; hiding it makes sharp fall back to
 * `@img/sharp-wasm32`, which is what it would do on a platform without a native build.
 */
function requireWasmSharp(): SharpConstructor {
  const hooks = registerHooks({
    resolve(specifier, context, nextResolve) {
      if (!nativeBinary.test(specifier)) return nextResolve(specifier, context)
      throw Object.assign(new Error(`${specifier} is hidden`), { code: 'MODULE_NOT_FOUND' })
    },
  })
  try {
    const sharp = createRequire(import.meta.url)('sharp') as SharpConstructor
    if (!('emscripten' in sharp.versions)) {
      throw new Error(
        'The native image library is already loaded in this process; the WebAssembly one cannot be.',
      )
    }
    return sharp
  } finally {
    hooks.deregister()
  }
}

/** libvips as WebAssembly: slower, and shares no native library with the program around it. */
export const createWasmCodec = (limits?: ImageLimits): ImageCodec =>
  createSharpCodec({ name: 'sharp-wasm', sharp: requireWasmSharp(), ...(limits && { limits }) })
