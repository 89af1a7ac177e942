import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { Plugin } from 'vite'

const compressors = {
  // Higher qualities take twenty times as long and save less than a tenth.
  br: (bytes: Buffer) =>
    promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
  // Browsers ask for brotli over HTTPS and from their own machine only.
  gz: (bytes: Buffer) => promisify(gzip)(bytes, { level: 9 }),
}

/** Writes scripts and styles compressed beside themselves, so that the server never compresses while it serves. */
export function compressAssets(): Plugin {
  return {
    name: 'compress-assets',
    apply: 'build',
    writeBundle: async ({ dir = '' }) => {
      const folder = join(dir, 'assets')
      const names = (await readdir(folder)).filter((name) => /\.(?:js|css)$/.test(name))
      await Promise.all(
        names.map(async (name) => {
          const bytes = await readFile(join(folder, name))
          for (const [ending, compress] of Object.entries(compressors)) {
            await writeFile(join(folder, `${name}.${ending}`), await compress(bytes))
          }
        }),
      )
    },
  }
}
