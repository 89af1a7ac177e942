/**
 * Compiles the loops over pixels to WebAssembly by AssemblyScript, which npx fetches: nobody else needs it, since its result, a
 * few kilobytes, is part of the source.
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const compiler = 'assemblyscript@0.28.20'
const flags = '--runtime stub -O3 --noAssert --enable simd --memoryBase 0 --initialMemory 1'
const loops = join(import.meta.dirname, '../src/main/engine/curation/pixels/domain/loops')

const folder = mkdtempSync(join(tmpdir(), 'loops-'))
try {
  // The compiler takes no other ending, which the product's own compiler would read too.
  copyFileSync(join(loops, 'pixel-loops.as'), join(folder, 'loops.ts'))
  const asked = ['--yes', '--package', compiler, 'asc', 'loops.ts', '-o', 'loops.wasm', ...flags.split(' ')]
  const { status } = spawnSync('npx', asked, { cwd: folder, stdio: 'inherit' })
  if (status !== 0) throw new Error('The compiler failed.')
  const base64 = readFileSync(join(folder, 'loops.wasm')).toString('base64')
  writeFileSync(
    join(loops, 'pixel-loops.wasm.ts'),
    `/** Made of pixel-loops.as by scripts/compile-loops.ts. */\nexport const pixelLoopsBase64 =\n  '${base64}'\n`,
  )
} finally {
  rmSync(folder, { recursive: true })
}
