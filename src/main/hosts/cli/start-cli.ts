import module from 'node:module'
import { join } from 'node:path'
import { keepFilesTo } from '#engine/base/kernel/file-modes.ts'
import { resolveUserDataFolder } from '#engine/base/kernel/paths.ts'
import { refuseOldNode } from '../refuse-old-node.ts'

/**
 * Code that was compiled once is kept beside the settings for the next command, its threads and its child processes; a
 * third of a short command's time went into compiling. Where it cannot be kept, nothing is missing but that.
 */
function keepCompiledCode(): void {
  // Before anything of the user's own folder is made.
  keepFilesTo('owner')
  process.env['NODE_COMPILE_CACHE'] ??= join(resolveUserDataFolder(process.env), 'compiled')
  module.enableCompileCache(process.env['NODE_COMPILE_CACHE'])
}

/** The command line from its entry on: a Node that is too old is told so before anything of ours is loaded. */
export async function startCli(
  entryUrl: string,
  argv: readonly string[] = process.argv.slice(2),
): Promise<void> {
  const refusal = refuseOldNode(process.versions.node)
  if (refusal === null) {
    keepCompiledCode()
    const { runCliProcess } = await import('./run-cli-process.ts')
    process.exitCode = await runCliProcess(entryUrl, argv)
  } else {
    process.stderr.write(`${refusal}\n`)
    process.exitCode = 69
  }
}
