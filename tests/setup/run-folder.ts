import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder for what is made once in a run and copied by every file that wants it. */
export function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'evenhand-run-'))
  process.env['EVENHAND_RUN_FOLDER'] = folder
  return () => rmSync(folder, { recursive: true, force: true })
}
