import { globSync } from 'node:fs'
import { basename } from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'
import { compressAssets } from './scripts/window/compress-assets.ts'

/** Each worker becomes a file of its own beside the entries: `out/main/workers/<name>.worker.js`. */
const workers = Object.fromEntries(
  globSync('src/main/engine/**/*.worker.ts', { cwd: import.meta.dirname }).map((file) => [
    `workers/${basename(file, '.ts')}`,
    file,
  ]),
)

/**
 * Read by every command and every thread as it starts: as files of their own in `node_modules` they take half of that time. What has
 * native parts or files beside its code is left where it is.
 */
const bundled = [
  '@bufbuild/protobuf',
  '@orpc/client',
  '@orpc/contract',
  '@orpc/openapi',
  '@orpc/server',
  '@orpc/zod',
  'commander',
  'csv-parse',
  'csv-stringify',
  'lru-cache',
  'pure-rand',
  'zod',
]

/** What screens share would be named after all of them. */
const shorten = (name: string): string => (name.startsWith('shared~') ? 'shared' : '[name]')

export default defineConfig({
  main: {
    build: {
      externalizeDeps: { exclude: bundled },
      sourcemap: true,
      rollupOptions: {
        input: {
          index: 'src/main/index.ts',
          server: 'src/main/server.ts',
          cli: 'src/main/cli.ts',
          ...workers,
        },
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      // A sandboxed preload script can require nothing but electron, and must be CommonJS.
      externalizeDeps: false,
      rollupOptions: {
        input: { index: 'src/preload/index.ts' },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: 'src/renderer',
    plugins: [react(), compressAssets()],
    // Plotly expects node's name for the global object.
    define: { global: 'globalThis' },
    build: {
      // electron-vite minifies nothing unless it is told to.
      minify: true,
      // tests/e2e/window-parts.test.ts weighs what the window begins with.
      chunkSizeWarningLimit: 2_000,
      rollupOptions: {
        input: 'src/renderer/index.html',
        output: {
          chunkFileNames: ({ name }) => `assets/${shorten(name)}-[hash].js`,
          assetFileNames: ({ names: [name = ''] }) => `assets/${shorten(name)}-[hash][extname]`,
          // Left alone, every icon that two screens share becomes a file of its own.
          codeSplitting: {
            groups: [
              { name: 'frame', tags: ['$initial'], priority: 1 },
              { name: 'shared', minShareCount: 2, entriesAware: true, entriesAwareMergeThreshold: 1_000 },
            ],
          },
        },
      },
    },
  },
})
