import { refuseOldNode } from './hosts/refuse-old-node.ts'

const refusal = refuseOldNode(process.versions.node)
if (refusal === null) {
  // The server as a program of its own is `evenhand serve`, with the same options.
  const { runCliProcess } = await import('./hosts/cli/run-cli-process.ts')
  process.exitCode = await runCliProcess(import.meta.url, ['serve', ...process.argv.slice(2)])
} else {
  process.stderr.write(`${refusal}\n`)
  process.exitCode = 69
}
