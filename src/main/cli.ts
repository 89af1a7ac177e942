import { refuseOldNode } from './hosts/refuse-old-node.ts'

const refusal = refuseOldNode(process.versions.node)
if (refusal === null) {
  const { runCliProcess } = await import('./hosts/cli/run-cli-process.ts')
  process.exitCode = await runCliProcess(import.meta.url)
} else {
  process.stderr.write(`${refusal}\n`)
  process.exitCode = 69
}
