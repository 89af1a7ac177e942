import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text as readText } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeTemporaryFolder } from '../../../fixtures/folders.ts'
import { openRaw, sendRaw, upgradeRequest } from '../../../fixtures/raw-http.ts'
import { startCommand } from '../../../fixtures/run-command.ts'
import { startServeProcess, type ServeProcess } from '../../../fixtures/serve-process.ts'

/** A fault from outside: one signal throws where nobody can catch it, another rejects where nobody listens. */
const faults = [
  '--import',
  `data:text/javascript,${encodeURIComponent(`
    process.on('SIGUSR2', () => { throw new Error('planted throw') })
    process.on('SIGHUP', () => { Promise.reject(new Error('planted rejection')) })
  `)}`,
]

const folder = makeTemporaryFolder()
let server: ServeProcess

beforeAll(async () => {
  server = await startServeProcess({ userDataFolder: folder.path, nodeOptions: faults })
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

async function expectAlive(): Promise<void> {
  const response = await fetch(`${server.origin}/healthz`).catch(() => null)
  expect([response?.status, server.isAlive()]).toEqual([200, true])
}

const firstLine = (answer: string): string => answer.split('\r\n')[0] ?? ''

describe('an upgrade that is refused', () => {
  it.each(['//', '//[', 'http://[', '//:0:0', '/\\', 'rpc', '*', 'https://\u00ff%', '/%'])(
    'for its target %j leaves the server serving',
    async (target) => {
      const answer = await sendRaw(server.port, upgradeRequest(target))
      expect(firstLine(answer)).toMatch(/^HTTP\/1\.1 4\d\d /)
      await expectAlive()
    },
  )

  it('is looked at by name, page and sign-in before by target', async () => {
    const foreign = { authorization: `Bearer ${server.token}`, origin: 'https://evil.example' }
    expect(firstLine(await sendRaw(server.port, upgradeRequest('//[', foreign)))).toContain('403')
    expect(firstLine(await sendRaw(server.port, upgradeRequest('//[')))).toContain('401')
    const known = { authorization: `Bearer ${server.token}` }
    expect(firstLine(await sendRaw(server.port, upgradeRequest('//[', known)))).toContain('404')
  })

  it('may be reset by its client at any moment', async () => {
    for (let count = 0; count < 40; count++) {
      const socket = await openRaw(server.port)
      socket.write(upgradeRequest(count % 2 === 0 ? '/rpc' : '/other'))
      if (count % 4 > 1) await delay(1)
      socket.resetAndDestroy()
    }
    await expectAlive()
  })
})

describe('a message that is no call', () => {
  it.each([
    '',
    'x',
    '{',
    'null',
    '7',
    '{}',
    '{"i":"1"}',
    '{"i":"1","p":{"u":"http://["}}',
    '{"i":"1","p":{"u":7}}',
    '{"i":"1","p":{"u":"/x","h":{"content-type":"multipart/form-data"}}}',
  ])('such as %j ends its socket and nothing else', async (message) => {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/rpc`, {
      headers: { authorization: `Bearer ${server.token}` },
    })
    const closed = new Promise<number>((resolve) => socket.once('close', resolve))
    socket.once('open', () => {
      socket.send(message)
      socket.send(Buffer.from(message))
    })
    expect(await closed).toBe(1007)
    await expectAlive()
  })
})

describe('a message beyond the limit of a line', () => {
  it('ends its socket and says so, while calls before it are still at work', async () => {
    for (let round = 0; round < 8; round++) {
      const socket = new WebSocket(`ws://127.0.0.1:${server.port}/rpc`, {
        headers: { authorization: `Bearer ${server.token}` },
      })
      const closed = once(socket, 'close')
      await once(socket, 'open')
      for (let call = 0; call < 40; call++) socket.send(`{"i":"${call}","p":{"u":"/project/current"}}`)
      socket.send('x'.repeat(8_000_000))
      const [code] = await closed
      expect(code).toBe(1009)
    }
    await expectAlive()
  })
})

describe('a failure that nobody caught', () => {
  it.each([
    ['SIGUSR2', 'planted throw'],
    ['SIGHUP', 'planted rejection'],
  ] as const)('is logged under a reference, and the server serves on (%s)', async (signal, words) => {
    process.kill(server.pid, signal)
    await expect.poll(server.stderr).toMatch(new RegExp(`error [0-9a-f]{8}: Error: ${words}`))
    await expectAlive()
  })

  it('ends a server that fails again and again, with the exit code of an internal failure', async () => {
    await using failing = await startServeProcess({ userDataFolder: folder.path, nodeOptions: faults })
    // One more than is survived within a minute.
    for (let count = 1; count <= 21; count++) {
      process.kill(failing.pid, 'SIGUSR2')
      await expect.poll(() => countOf(failing.stderr(), 'Error: planted throw')).toBe(count)
    }
    expect(await failing.ended).toEqual({ code: 70, signal: null })
  })

  it('ends a command with one sentence and the exit code of an internal failure', async () => {
    const command = startCommand(
      ['demo', '--no-open', '--images', '100', '--folder', `${folder.path}/demo`],
      {
        userDataFolder: folder.path,
        nodeOptions: faults,
      },
    )
    await command.sees('stderr', '1/7')
    process.kill(command.pid ?? 0, 'SIGUSR2')
    const { code, stderr } = await command.finished
    expect(code).toBe(70)
    expect(stderr).toMatch(/^Something went wrong inside Evenhand\. .+ \(log reference [0-9a-f]{8}\)$/m)
  })
})

describe('the terminal', () => {
  it('may close under a serving program', async () => {
    await using other = await startServeProcess({ userDataFolder: folder.path, nodeOptions: faults })
    other.closeStreams()
    for (let count = 0; count < 3; count++) {
      process.kill(other.pid, 'SIGUSR2')
      await delay(50)
    }
    expect((await fetch(`${other.origin}/healthz`)).status).toBe(200)
    expect(other.isAlive()).toBe(true)
  })

  it.skipIf(process.platform !== 'linux')('that takes no result is told in words', async () => {
    const command = `"${process.execPath}" src/main/cli.ts devices --json > /dev/full`
    const child = spawn('sh', ['-c', command], {
      cwd: join(import.meta.dirname, '../../../..'),
      env: { ...process.env, EVENHAND_HOME: folder.path },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const ended = once(child, 'exit')
    expect(await readText(child.stderr)).toBe(
      'Cannot write the result: the disk is full. Free some space, then try again.\n',
    )
    expect(await ended).toEqual([69, null])
  })
})

const countOf = (text: string, word: string): number => text.split(word).length - 1
