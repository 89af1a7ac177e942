/** `npm start`: opens the window in Electron where its program is present, otherwise in the user's browser. */
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { findElectron } from '../src/main/hosts/electron/find-electron.ts'
import { refuseOldNode } from '../src/main/hosts/refuse-old-node.ts'
import { buildWindow } from './build-window.ts'

async function start(argv: readonly string[]): Promise<number> {
  const electron = findElectron(import.meta.url)
  buildWindow()
  if ('path' in electron) {
    process.stderr.write('Opening Evenhand in Electron, because its program is on this machine.\n')
    const { status } = spawnSync(electron.path, [resolve(import.meta.dirname, '..'), ...argv], {
      stdio: 'inherit',
    })
    return status ?? 70
  }
  process.stderr.write(`Opening Evenhand in a browser, because ${electron.reason}.\n`)
  const { runCliProcess } = await import('../src/main/hosts/cli/run-cli-process.ts')
  const port = argv.includes('--port') ? [] : ['--port', '0']
  return runCliProcess(new URL('../src/main/cli.ts', import.meta.url).href, [
    'serve',
    '--open',
    ...port,
    ...argv,
  ])
}

const refusal = refuseOldNode(process.versions.node)
if (refusal === null) {
  process.exitCode = await start(process.argv.slice(2))
} else {
  process.stderr.write(`${refusal}\n`)
  process.exitCode = 69
}
