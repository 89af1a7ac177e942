import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as z from 'zod'
import { readSystemErrorCode } from '#engine/base/kernel/system-error.ts'
import { writePrivateFile } from '../private-file.ts'

const serverRecord = z.object({
  origin: z.url(),
  port: z.int().positive(),
  token: z.string().min(1),
  pid: z.int().positive(),
})
export type ServerRecord = z.infer<typeof serverRecord>

/** Where servers of this user leave how to reach them, for `evenhand sign-in` and programs; only the user can read it. */
export class ServerRecords {
  readonly folder: string

  constructor(userDataFolder: string) {
    this.folder = join(userDataFolder, 'servers')
  }

  fileOf(port: number): string {
    return join(this.folder, `${port}.json`)
  }

  async write(record: ServerRecord): Promise<void> {
    await writePrivateFile(this.fileOf(record.port), `${JSON.stringify(record, null, 2)}\n`)
  }

  /** A page that signs in the browser that opens it. @returns its address. */
  async writeSignInPage(
    { port, origin }: Pick<ServerRecord, 'port' | 'origin'>,
    code: string,
  ): Promise<string> {
    const file = this.#pageOf(port)
    await writePrivateFile(file, drawSignInPage(origin, code))
    return pathToFileURL(file).href
  }

  async removeSignInPage(port: number): Promise<void> {
    await rm(this.#pageOf(port), { force: true })
  }

  async remove(port: number): Promise<void> {
    await rm(this.fileOf(port), { force: true })
    await this.removeSignInPage(port)
  }

  /** Of the servers that run; what others left behind is removed. */
  async list(): Promise<ServerRecord[]> {
    const names = await readdir(this.folder).catch((error: unknown) => {
      if (readSystemErrorCode(error) === 'ENOENT') return []
      throw error
    })
    const running: ServerRecord[] = []
    for (const name of names) {
      const port = Number(/^(\d+)\.json$/.exec(name)?.[1])
      if (Number.isNaN(port)) continue
      const record = await this.#read(port)
      if (record !== null && isRunning(record.pid)) running.push(record)
      else await this.remove(port)
    }
    return running
  }

  async #read(port: number): Promise<ServerRecord | null> {
    try {
      const text = await readFile(this.fileOf(port), 'utf8')
      return serverRecord.safeParse(JSON.parse(text)).data ?? null
    } catch {
      // Gone meanwhile, or cut off: no server can be reached by it.
      return null
    }
  }

  #pageOf(port: number): string {
    return join(this.folder, `${port}.html`)
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return readSystemErrorCode(error) === 'EPERM'
  }
}

const escapeText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')

/** Sends the code in a form's body, so that it stands in no address, no command line and no history. */
function drawSignInPage(origin: string, code: string): string {
  return `<!doctype html>
<html lang="en">
  <meta charset="utf-8" />
  <title>Evenhand</title>
  <form method="post" action="${escapeText(origin)}/session/enter">
    <input type="hidden" name="code" value="${escapeText(code)}" />
    <button>Open Evenhand</button>
  </form>
  <script>
    document.forms[0].submit()
  </script>
</html>
`
}
