import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parse } from 'csv-parse/sync'
import * as z from 'zod'
import { Unmet } from './checklist.ts'

const entry = resolve(import.meta.dirname, '../../src/main/cli.ts')

/** One row of an exported split, as its readers see it. */
const splitRow = z.object({
  image: z.string(),
  group: z.string(),
  race: z.string(),
  gender: z.string(),
  age: z.string(),
  part: z.enum(['train', 'val', 'test']),
  sha256: z.string().length(64),
})
export type SplitRow = z.infer<typeof splitRow>

export const readSplit = (file: string): SplitRow[] =>
  z.array(splitRow).parse(parse(readFileSync(file), { columns: true }))

/** The command line as a user runs it: another process, its documents on stdout, its own user data. */
export class Product {
  readonly folder: string

  /** @param folder where projects and user data of this acceptance lie */
  constructor(folder: string) {
    this.folder = folder
  }

  start(argv: readonly string[]): ChildProcess & { readonly stdout: NodeJS.ReadableStream } {
    return spawn(process.execPath, [entry, ...argv], {
      cwd: this.folder,
      env: { ...process.env, EVENHAND_HOME: join(this.folder, 'user-data') },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  /** Runs a command with `--json` and reads its document. @throws Unmet when it ends with an error */
  async run<Output>(schema: z.ZodType<Output>, argv: readonly string[]): Promise<Output> {
    const child = this.start([...argv, '--json'])
    const text = { out: '', err: '' }
    child.stdout.on('data', (chunk: Buffer) => (text.out += chunk.toString()))
    child.stderr?.on('data', (chunk: Buffer) => (text.err += chunk.toString()))
    await once(child, 'close')
    if (child.exitCode !== 0) {
      throw new Unmet(`evenhand ${argv.join(' ')} ended with ${child.exitCode}: ${text.err.slice(-2000)}`)
    }
    return schema.parse(JSON.parse(text.out))
  }

  /** A new project. @returns its folder */
  async makeProject(name: string): Promise<string> {
    const folder = join(this.folder, name)
    await this.run(z.object({ folder: z.string() }), ['init', folder])
    return folder
  }
}
