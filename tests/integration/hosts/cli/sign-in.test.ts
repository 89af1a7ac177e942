import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { callCommand } from '../../../fixtures/call-command.ts'
import { makeTemporaryFolder } from '../../../fixtures/folders.ts'
import { runCommand, startCommand, type RunningCommand } from '../../../fixtures/run-command.ts'
import { startServeProcess } from '../../../fixtures/serve-process.ts'

let folder: ReturnType<typeof makeTemporaryFolder>
let userDataFolder: string

beforeEach(() => {
  folder = makeTemporaryFolder()
  userDataFolder = join(folder.path, 'user')
})
afterEach(() => folder[Symbol.dispose]())

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8)

/** Trades a code as the window does. */
async function enter(url: string): Promise<number> {
  const { origin, hash } = new URL(url)
  const response = await fetch(`${origin}/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code: hash.replace('#code=', '') }),
  })
  return response.status
}

async function stop(command: RunningCommand): Promise<{ stdout: string; stderr: string }> {
  command.interrupt()
  const { code, ...text } = await command.finished
  expect(code).toBe(0)
  return text
}

describe('evenhand serve', () => {
  it('prints an address that works once, and no secret that works twice', async () => {
    const command = startCommand(['serve', '--port', '0'], { userDataFolder })
    await command.sees('stdout', 'Stop with Ctrl-C')
    const [record = ''] = readdirSync(join(userDataFolder, 'servers'))
    const { token, origin } = JSON.parse(readFileSync(join(userDataFolder, 'servers', record), 'utf8')) as {
      token: string
      origin: string
    }
    expect((await fetch(`${origin}/session`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(
      204,
    )
    const { stdout, stderr } = await stop(command)
    expect(stdout + stderr).not.toContain(token)
    expect(stdout).toMatch(/^Window: http:\/\/127\.0\.0\.1:\d+\/#code=[\w-]{22}$/m)
    expect(stdout).toContain(`Token: in ${join(userDataFolder, 'servers', record)}`)
  })

  it('prints the token when asked to', async () => {
    const command = startCommand(['serve', '--port', '0', '--show-token'], { userDataFolder })
    await command.sees('stdout', 'Stop with Ctrl-C')
    const { stdout } = await stop(command)
    expect(stdout).toMatch(/^Token: [\w-]{43}$/m)
  })

  it.skipIf(process.platform === 'win32')(
    'leaves how to reach it where its user alone can read, for as long as it runs',
    async () => {
      const command = startCommand(['serve', '--port', '0'], { userDataFolder })
      await command.sees('stdout', 'Stop with Ctrl-C')
      const servers = join(userDataFolder, 'servers')
      const files = readdirSync(servers)
      expect(files).toEqual([expect.stringMatching(/^\d+\.json$/)])
      expect([modeOf(servers), modeOf(join(servers, files[0] ?? ''))]).toEqual(['700', '600'])
      await stop(command)
      expect(readdirSync(servers)).toEqual([])
    },
  )
})

describe.skipIf(process.platform === 'win32')('evenhand serve --open', () => {
  /** Stands in for a browser: writes down its command line and what the file that it was given holds. */
  function makeBrowser(exitCode = 0): { readonly env: Record<string, string>; readonly log: string } {
    const programs = join(folder.path, 'bin')
    const log = join(folder.path, 'browser.log')
    mkdirSync(programs)
    for (const name of ['chromium', 'xdg-open']) {
      const file = join(programs, name)
      writeFileSync(
        file,
        `#!/bin/sh\nprintf '%s\\n' "$@" > '${log}.tmp' && mv '${log}.tmp' '${log}'\nexit ${exitCode}\n`,
      )
      chmodSync(file, 0o755)
    }
    return { env: { PATH: `${programs}:${process.env['PATH'] ?? ''}`, DISPLAY: ':0' }, log }
  }

  it('hands the code over in a file for this user alone: no secret stands in a command line or an address', async () => {
    const { env, log } = makeBrowser()
    const command = startCommand(['serve', '--port', '0', '--open'], { userDataFolder, env })
    await command.sees('stderr', 'Opened in Chromium')
    await expect.poll(() => existsSync(log)).toBe(true)
    const line = readFileSync(log, 'utf8').trim()
    expect(line).toMatch(/^--app=file:\/\/\/.*\/servers\/\d+\.html$/)
    const page = fileURLToPath(line.replace('--app=', ''))
    expect(modeOf(page)).toBe('600')
    const html = readFileSync(page, 'utf8')
    const action = /action="([^"]+)"/.exec(html)?.[1] ?? ''
    const code = /name="code" value="([^"]+)"/.exec(html)?.[1] ?? ''
    expect(code).toMatch(/^[\w-]{22}$/)
    expect(line + action).not.toContain(code)
    const response = await fetch(action, {
      method: 'POST',
      headers: { origin: 'null' },
      body: new URLSearchParams({ code }),
      redirect: 'manual',
    })
    expect([response.status, response.headers.get('location')]).toEqual([303, '/'])
    // Once used it is gone.
    await expect.poll(() => existsSync(page)).toBe(false)
    const { stdout, stderr } = await stop(command)
    expect(stdout + stderr).not.toContain(code)
  })

  it('without a display says which address to open instead', async () => {
    const env = { DISPLAY: '', WAYLAND_DISPLAY: '', PATH: process.env['PATH'] ?? '' }
    const command = startCommand(['serve', '--port', '0', '--open'], { userDataFolder, env })
    await command.sees('stderr', 'There is no display here. Open this address in a browser: ')
    const { stderr } = await stop(command)
    expect(stderr).toMatch(/http:\/\/127\.0\.0\.1:\d+\/#code=[\w-]{22}$/m)
  })
})

describe('evenhand sign-in and sign-out', () => {
  it('give a running server’s next address, and end every sign-in', async () => {
    await using server = await startServeProcess({ userDataFolder })
    const { code, stdout, stderr } = await runCommand(['sign-in'], { userDataFolder })
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/#code=[\w-]{22}\n$/),
    ])
    expect(stderr).toContain('It works once, until')
    expect([await enter(stdout.trim()), await enter(stdout.trim())]).toEqual([204, 401])

    const asJson = await callCommand(['sign-in', '--json', '--port', String(server.port)], { userDataFolder })
    expect(JSON.parse(asJson.stdout)).toEqual({
      url: expect.stringContaining('/#code='),
      expiresAt: expect.any(String),
      origin: server.origin,
      port: server.port,
    })

    const out = await callCommand(['sign-out'], { userDataFolder })
    expect([out.code, out.stdout]).toEqual([0, expect.stringContaining('Every browser is signed out')])
    const headers = { authorization: `Bearer ${server.token}` }
    expect((await fetch(`${server.origin}/session`, { headers })).status).toBe(401)
    // The record holds the new token.
    const again = await callCommand(['sign-in'], { userDataFolder })
    expect(await enter(again.stdout.trim())).toBe(204)
  })

  it('say what to do where no server runs, or several', async () => {
    const none = await callCommand(['sign-in'], { userDataFolder })
    expect([none.code, none.stderr]).toEqual([
      3,
      'No server of yours runs on this machine. Start one with "evenhand serve".\n',
    ])
    await using one = await startServeProcess({ userDataFolder })
    await using other = await startServeProcess({ userDataFolder })
    const several = await callCommand(['sign-in'], { userDataFolder })
    expect([several.code, several.stderr]).toEqual([4, expect.stringContaining('Name one with --port.')])
    const wrong = await callCommand(['sign-out', '--port', '1'], { userDataFolder })
    expect([wrong.code, wrong.stderr]).toEqual([
      3,
      expect.stringContaining('No server of yours runs at port 1.'),
    ])
    const right = await callCommand(['sign-in', '--port', String(other.port)], { userDataFolder })
    expect(right.stdout).toContain(other.origin)
    expect(one.origin).not.toBe(other.origin)
  })

  it('do not take a server that was killed for one that runs', async () => {
    const server = await startServeProcess({ userDataFolder })
    await server[Symbol.asyncDispose]()
    expect(readdirSync(join(userDataFolder, 'servers'))).toHaveLength(1)
    expect((await callCommand(['sign-in'], { userDataFolder })).code).toBe(3)
    expect(readdirSync(join(userDataFolder, 'servers'))).toEqual([])
  })
})
