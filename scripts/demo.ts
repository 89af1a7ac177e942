/** `npm run demo`: `evenhand demo` from a checkout, with the window built beforehand when it is to be opened. */
import { refuseOldNode } from '../src/main/hosts/refuse-old-node.ts'

const refusal = refuseOldNode(process.versions.node)
if (refusal === null) {
  const argv = process.argv.slice(2)
  if (!argv.includes('--no-open') && !argv.includes('--help')) {
    const { buildWindow } = await import('./build-window.ts')
    buildWindow()
  }
  const { runCliProcess } = await import('../src/main/hosts/cli/run-cli-process.ts')
  process.exitCode = await runCliProcess(new URL('../src/main/cli.ts', import.meta.url).href, [
    'demo',
    ...argv,
  ])
} else {
  process.stderr.write(`${refusal}\n`)
  process.exitCode = 69
}
