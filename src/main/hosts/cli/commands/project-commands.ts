import { resolve } from 'node:path'
import * as z from 'zod'
import { AppError } from '#shared/contract/errors.ts'
import { fileAudience } from '#shared/contract/project.contract.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { parseArgument, parseFlags } from '../parse-flags.ts'
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
      const { projectFlag, io } = context
      if (
        projectFlag !== undefined &&
        resolve(io.workingFolder, projectFlag) !== resolve(io.workingFolder, folder)
      ) {
        throw new AppError(
          'INVALID_INPUT',
          `"init ${folder}" makes the project there; --project names another place. Leave it out.`,
        )
      }
      const { client } = await context.openEngine()
      const project = await client.project.create({ folder: resolve(context.io.workingFolder, folder), name })
      return { json: project, text: `Made the project "${project.name}" in ${project.folder}` }
    }),
  )

  const audienceCommand = defineCommand(
    program,
    'audience [audience]',
    'show or set who may read the files of the project: owner, or group',
  )
  audienceCommand.action((named: string | undefined) =>
    run(audienceCommand, async (context) => {
      const { client } = await context.openProject()
      const audience = named === undefined ? null : parseArgument(fileAudience, named, 'owner or group')
      const project =
        audience === null ? await client.project.current() : await client.project.setAudience({ audience })
      if (project === null) throw new AppError('PRECONDITION', 'No project is open.')
      const { files, folder } = project
      return {
        json: { folder, ...files },
        text: files.audience === 'owner' ? ownerText(folder) : groupText(folder),
      }
    }),
  )
}

const ownerText = (folder: string): string => `${folder} can be read by you alone.`

const groupText = (folder: string): string =>
  `${folder} can be read and changed by you and by the group that the folder belongs to ` +
  '(chgrp -R <group> <folder> hands it to one), and by nobody else.'
