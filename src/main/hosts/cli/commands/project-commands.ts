import { resolve } from 'node:path'
import * as z from 'zod'
import type { CommandRegistry } from '../command-registry.ts'
import { parseFlags } from '../parse-flags.ts'
import { defineCommand } from './define-command.ts'

const initFlags = z.object({ name: z.string().optional() })

export function addProjectCommands({ program, run }: CommandRegistry): void {
  const init = defineCommand(program, 'init <folder>', 'make a project folder').option(
    '--name <name>',
    'name of the project',
  )
  init.action((folder: string) =>
    run(init, async (context) => {
      const { name } = parseFlags(initFlags, init.opts())
      const { client } = await context.openEngine()
      const project = await client.project.create({ folder: resolve(context.io.workingFolder, folder), name })
      return { json: project, text: `Made the project "${project.name}" in ${project.folder}` }
    }),
  )
}
