import { readFile } from 'node:fs/promises'
import * as z from 'zod'
import { writeFileAtomically } from './atomic-file.ts'

/** A small JSON file that holds only as long as its key does, such as the versions under which it was found out. */
export interface KeyedFile<Content> {
  /** Null where there is none, where it cannot be read, or where the key is another: reasons to find it out again. */
  read(key: string): Promise<Content | null>
  write(key: string, content: Content): Promise<void>
}

const parseJson = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    context.addIssue({ code: 'custom', message: 'not JSON' })
    return z.NEVER
  }
})

export function openKeyedFile<Content extends object>(
  path: string,
  schema: z.ZodType<Content>,
): KeyedFile<Content> {
  const stored = parseJson.pipe(z.object({ key: z.string(), content: schema }))
  return {
    async read(key) {
      const text = await readFile(path, 'utf8').catch(() => null)
      const parsed = stored.safeParse(text)
      return parsed.success && parsed.data.key === key ? parsed.data.content : null
    },
    write: (key, content) => writeFileAtomically(path, `${JSON.stringify({ key, content }, null, 2)}\n`),
  }
}
