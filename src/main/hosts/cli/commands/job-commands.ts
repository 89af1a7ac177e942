import * as z from 'zod'
import { jobId } from '#shared/contract/base.contract.ts'
import { describeProgress } from '../progress-line.ts'
import { integerFlag, parseFlags } from '../parse-flags.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { formatTable } from '../table.ts'
import { defineCommand } from './define-command.ts'

const listFlags = z.object({ limit: integerFlag.optional(), resume: integerFlag.pipe(jobId).optional() })

export function addJobCommands({ program, run }: CommandRegistry): void {
  const jobs = defineCommand(program, 'jobs', 'list the jobs, newest first, or go on with a stopped one')
    .option('--limit <n>', 'how many to list (default: 50)')
    .option('--resume <job>', 'go on with a failed, cancelled or interrupted job')
  jobs.action(() =>
    run(jobs, async (context) => {
      const { limit, resume } = parseFlags(listFlags, jobs.opts())
      const { client } = await context.openProject()
      if (resume !== undefined) {
        const { id } = await client.job.resume({ jobId: resume })
        await context.awaitJob(id, z.unknown(), `Go on with: evenhand jobs --resume ${id}`)
        const job = await client.job.get({ jobId: id })
        return { json: job, text: describeProgress(job) }
      }
      const all = await client.job.list({ limit })
      const text = formatTable(all, [
        { title: 'id', cell: ({ id }) => String(id), alignRight: true },
        { title: 'kind', cell: ({ kind }) => kind },
        { title: 'state', cell: ({ state }) => state },
        { title: 'title', cell: ({ title }) => title },
        { title: 'made', cell: ({ createdAt }) => createdAt },
        { title: 'error', cell: ({ error }) => error?.message ?? '' },
      ])
      return { json: all, text }
    }),
  )
}
