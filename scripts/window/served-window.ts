import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Browser } from 'playwright-core'
import * as z from 'zod'

const root = resolve(import.meta.dirname, '../..')

const serveDocument = z.object({ origin: z.string(), tokenFile: z.string() })
const tokenRecord = z.object({ token: z.string() })
const offered = z.object({ url: z.string() })

export interface ServedWindow extends AsyncDisposable {
  readonly origin: string
  readonly pid: number
  /** An address that signs one browser in. */
  readonly offerSignIn: () => Promise<string>
  /** Closes the browser once the server has ended unasked: what waits for a page fails then, with the server's last lines. */
  readonly takeAlong: (browser: Browser) => void
}

export interface ServeOptions {
  /** Where recent projects and logs go, so that a test never meets the user's own. */
  readonly homeFolder: string
  readonly project?: string
  /** A free one where none is named. */
  readonly port?: number
}

const errorsKept = 4000

/** A folder that goes away with its owner. */
export function makeTemporaryFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'evenhand-window-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** The real server entry as a process of its own, with the built window. */
export async function serveWindow({ homeFolder, project, port = 0 }: ServeOptions): Promise<ServedWindow> {
  const args = [
    'out/main/server.js',
    '--port',
    String(port),
    '--json',
    ...(project === undefined ? [] : ['--project', project]),
  ]
  const server = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, EVENHAND_HOME: homeFolder },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let lastErrors = ''
  server.stderr.on('data', (chunk) => (lastErrors = `${lastErrors}${String(chunk)}`.slice(-errorsKept)))
  const { origin, tokenFile } = await readAddress(server, () => lastErrors)
  const browsers = new Set<Browser>()
  let isAskedToEnd = false
  server.once('close', (code, signal) => {
    if (isAskedToEnd) return
    const reason = `The server ended by itself (${signal ?? `code ${code}`}). Its last lines:\n${lastErrors}`
    process.stderr.write(`${reason}\n`)
    for (const browser of browsers) void browser.close({ reason })
  })
  return {
    origin,
    pid: server.pid ?? 0,
    takeAlong: (browser) => browsers.add(browser),
    offerSignIn: async () => {
      const { token } = tokenRecord.parse(JSON.parse(readFileSync(tokenFile, 'utf8')))
      const headers = { authorization: `Bearer ${token}` }
      const response = await fetch(`${origin}/session/codes`, { method: 'POST', headers })
      return offered.parse(await response.json()).url
    },
    [Symbol.asyncDispose]: () => {
      isAskedToEnd = true
      return stop(server)
    },
  }
}

async function readAddress(
  server: ChildProcess,
  readErrors: () => string,
): Promise<z.infer<typeof serveDocument>> {
  let output = ''
  return new Promise((settle, reject) => {
    server.stdout?.on('data', (chunk) => {
      output += String(chunk)
      if (!output.trimEnd().endsWith('}')) return
      const document = serveDocument.safeParse(JSON.parse(output))
      if (document.success) settle(document.data)
      else reject(new Error(`The server did not start: ${output}`))
    })
    server.once('close', (code) =>
      reject(new Error(`The server ended with ${code} before it listened:\n${readErrors()}`)),
    )
  })
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const ended = once(server, 'exit')
  server.kill('SIGINT')
  await ended
}
