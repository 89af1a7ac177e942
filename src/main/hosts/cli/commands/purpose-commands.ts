import * as z from 'zod'
import { purposeId, purposeRequest, type Purpose } from '#shared/contract/purpose.contract.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { parseArgument, parseFlags } from '../parse-flags.ts'
import { formatTable } from '../table.ts'
import { defineCommand } from './define-command.ts'

const listed = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .pipe(purposeRequest.shape.tasks)

const recordFlags = purposeRequest.extend({ tasks: listed })

export function addPurposeCommands({ program, run }: CommandRegistry): void {
  const purpose = defineCommand(
    program,
    'purpose',
    'what race (and gender, where a project says so) may be answered for outside of its window',
  )

  const record = defineCommand(purpose, 'record', 'record who asks for which labels, what for and until when')
    .requiredOption('--tasks <tasks>', 'race, gender, or race,gender')
    .requiredOption('--who <name>', 'who is responsible')
    .requiredOption('--what <text>', 'what for, such as measuring bias, or labelling a data set')
    .requiredOption('--until <date>', 'last day, as in 2027-06-30')
  record.action(() =>
    run(record, async (context) => {
      const request = parseFlags(recordFlags, record.opts())
      const { client } = await context.openProject()
      const made = await client.purpose.record(request)
      return { json: made, text: describe(made) }
    }),
  )

  const list = defineCommand(purpose, 'list', 'list the purposes, newest first')
  list.action(() =>
    run(list, async (context) => {
      const { client } = await context.openProject()
      const found = await client.purpose.list()
      const table = formatTable(found.purposes, [
        { title: 'id', cell: ({ id }) => String(id), alignRight: true },
        { title: 'state', cell: ({ state }) => state },
        { title: 'tasks', cell: ({ tasks }) => tasks.join(',') },
        { title: 'until', cell: ({ until }) => until },
        { title: 'who', cell: ({ who }) => who },
        { title: 'what', cell: ({ what }) => what },
      ])
      return { json: found, text: `${table}\nWants a purpose here: ${found.guarded.join(', ')}` }
    }),
  )

  const end = defineCommand(purpose, 'end <purpose>', 'end a purpose from now on')
  end.action((reference: string) =>
    run(end, async (context) => {
      const id = parseArgument(z.coerce.number().pipe(purposeId), reference, 'the number of a purpose')
      const { client } = await context.openProject()
      const ended = await client.purpose.end({ purposeId: id })
      return { json: ended, text: `Purpose ${ended.id} is ended.` }
    }),
  )

  const guard = defineCommand(
    purpose,
    'guard <tasks>',
    'say which tasks want a purpose: race, or race,gender',
  )
  guard.action((reference: string) =>
    run(guard, async (context) => {
      const tasks = parseArgument(listed, reference, 'race or race,gender')
      const { client } = await context.openProject()
      const found = await client.purpose.guard({ tasks })
      return { json: found, text: `Wants a purpose here: ${found.guarded.join(', ')}` }
    }),
  )
}

const describe = ({ id, tasks, who, what, until }: Purpose): string =>
  `Purpose ${id}: ${tasks.join(' and ')} for ${who}, until ${until}: ${what}\nName it with --purpose ${id}.`
