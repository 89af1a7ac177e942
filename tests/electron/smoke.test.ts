import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { _electron } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { findElectron } from '../../src/main/hosts/electron/find-electron.ts'

const root = resolve(import.meta.dirname, '../..')

function findReasonToSkip(): string | null {
  const found = findElectron()
  if ('reason' in found) return found.reason
  const needsDisplay = process.platform === 'linux'
  if (needsDisplay && process.env['DISPLAY'] === undefined && process.env['WAYLAND_DISPLAY'] === undefined) {
    return 'there is no display; run it under xvfb-run'
  }
  return null
}

const reason = findReasonToSkip()
if (reason !== null) process.stderr.write(`Electron smoke test not run: ${reason}.\n`)

describe.skipIf(reason !== null)('the desktop program', () => {
  it('shows its window and reaches its engine', async () => {
    const userData = mkdtempSync(join(tmpdir(), 'evenhand-smoke-'))
    const args = [root, `--user-data-dir=${userData}`, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])]
    const found = findElectron()
    const program = await _electron.launch({ args, executablePath: 'path' in found ? found.path : '' })
    try {
      const window = await program.firstWindow()
      expect(window.url()).toMatch(/^evenhand:\/\/app\//)
      await window.getByRole('navigation').first().waitFor()
    } finally {
      await program.close()
    }
  })
})
