/**
 * Compiles the loops over pixels, over pairs of faces, of logistic regression and of optimisers to WebAssembly by AssemblyScript, which npx fetches:
 * nobody else needs it, since its result, a few kilobytes, is part of the source.
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const compiler = 'assemblyscript@0.28.20'
const flags = '--runtime stub -O3 --noAssert --enable simd --memoryBase 0 --initialMemory 1'
const engine = join(import.meta.dirname, '../src/main/engine')
/** A folder of loops, their file without its ending, and what their bytes are called in the source. */
const compiled = [
  { folder: 'base/kernel/domain/loops', name: 'logistic-loops', constant: 'logisticLoopsBase64' },
  { folder: 'base/media/domain/loops', name: 'resample-loops', constant: 'resampleLoopsBase64' },
  { folder: 'networks/gradients/onnx/loops', name: 'update-loops', constant: 'updateLoopsBase64' },
  { folder: 'curation/pixels/domain/loops', name: 'pixel-loops', constant: 'pixelLoopsBase64' },
  { folder: 'curation/identities/domain/loops', name: 'pair-loops', constant: 'pairLoopsBase64' },
]

function compile(source: string, working: string): string {
  // The compiler takes no other ending, which the product's own compiler would read too.
  copyFileSync(source, join(working, 'loops.ts'))
  const asked = ['--yes', '--package', compiler, 'asc', 'loops.ts', '-o', 'loops.wasm', ...flags.split(' ')]
  const { status } = spawnSync('npx', asked, { cwd: working, stdio: 'inherit' })
  if (status !== 0) throw new Error(`The compiler failed on ${source}.`)
  return readFileSync(join(working, 'loops.wasm')).toString('base64')
}

const working = mkdtempSync(join(tmpdir(), 'loops-'))
try {
  for (const { folder, name, constant } of compiled) {
    const base64 = compile(join(engine, folder, `${name}.as`), working)
    writeFileSync(
      join(engine, folder, `${name}.wasm.ts`),
      `/** Made of ${name}.as by scripts/compile-loops.ts. */\nexport const ${constant} =\n  '${base64}'\n`,
    )
  }
} finally {
  rmSync(working, { recursive: true })
}
