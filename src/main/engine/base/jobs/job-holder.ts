import { setImmediate as yieldToEvents } from 'node:timers/promises'
import * as z from 'zod'
import type { ImageHolder } from '#engine/base/holders/image-holder.ts'
import { redactTexts } from '#engine/base/kernel/redact-texts.ts'
import type { JobRepo } from './job.repo.ts'

const redacted = z.object({
  title: z.string(),
  message: z.string().nullable(),
  input: z.unknown(),
  error: z.unknown(),
  result: z.unknown(),
})

/** Jobs name files in what they were asked for, what they failed of and what they report. */
export const createJobHolder = (jobs: JobRepo): ImageHolder => ({
  rows: null,
  settle: async ({ names, signal }) => {
    if (names.length === 0) return
    for (let job = jobs.textsAfter(0); job !== undefined; job = jobs.textsAfter(job.id)) {
      signal.throwIfAborted()
      const { id, ...texts } = job
      const without = redacted.parse(redactTexts(texts, names))
      if (JSON.stringify(without) !== JSON.stringify(texts)) jobs.putTexts({ id, ...without })
      await yieldToEvents()
    }
  },
})
