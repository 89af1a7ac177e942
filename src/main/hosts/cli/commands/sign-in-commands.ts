import * as z from 'zod'
import { resolveUserDataFolder } from '#engine/base/kernel/paths.ts'
import { AppError } from '#shared/contract/errors.ts'
import { problemDetails } from '../../web/problem.ts'
import { ServerRecords, type ServerRecord } from '../../server/server-records.ts'
import type { CommandContext } from '../command-context.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { integerFlag, parseFlags } from '../parse-flags.ts'
import { defineCommand } from './define-command.ts'

const portFlags = z.object({ port: integerFlag.pipe(z.number().max(65_535)).optional() })
const offered = z.object({ url: z.string(), expiresAt: z.iso.datetime() })

export function addSignInCommands({ program, run }: CommandRegistry): void {
  const signIn = defineCommand(
    program,
    'sign-in',
    'print an address that signs one browser in to a running server',
  ).option('--port <n>', 'port of the server, where several run')
  signIn.action(() =>
    run(signIn, async (context) => {
      const { origin, port, token } = await findServer(context, parseFlags(portFlags, signIn.opts()).port)
      const { url, expiresAt } = offered.parse(await ask(`${origin}/session/codes`, token))
      context.note(`Open it in a browser. It works once, until ${new Date(expiresAt).toLocaleTimeString()}.`)
      return { json: { url, expiresAt, origin, port }, text: url }
    }),
  )

  const signOut = defineCommand(
    program,
    'sign-out',
    'sign every browser out of a running server and renew its token',
  ).option('--port <n>', 'port of the server, where several run')
  signOut.action(() =>
    run(signOut, async (context) => {
      const { origin, port, token } = await findServer(context, parseFlags(portFlags, signOut.opts()).port)
      await ask(`${origin}/session/renew`, token)
      return {
        json: { origin, port, isSignedOut: true },
        text: 'Every browser is signed out, and programs need the new token. "evenhand sign-in" signs a browser in again.',
      }
    }),
  )
}

async function findServer(context: CommandContext, port: number | undefined): Promise<ServerRecord> {
  const running = await new ServerRecords(resolveUserDataFolder(context.io.env)).list()
  const wanted = running.filter((one) => port === undefined || one.port === port)
  const [only] = wanted
  if (only !== undefined && wanted.length === 1) return only
  const ports = running.map((one) => one.port).join(', ')
  if (wanted.length > 1) {
    throw new AppError('CONFLICT', `Several servers run, at the ports ${ports}. Name one with --port.`)
  }
  throw new AppError(
    'NOT_FOUND',
    running.length === 0
      ? 'No server of yours runs on this machine. Start one with "evenhand serve".'
      : `No server of yours runs at port ${port}. There are servers at: ${ports}.`,
  )
}

async function ask(url: string, token: string): Promise<unknown> {
  const headers = { authorization: `Bearer ${token}` }
  const response = await fetch(url, { method: 'POST', headers }).catch((error: unknown) => {
    throw new AppError(
      'UNAVAILABLE',
      `The server at ${new URL(url).origin} does not answer. Start it again.`,
      {
        cause: error,
      },
    )
  })
  const content: unknown = await response.json().catch(() => null)
  if (response.ok) return content
  const problem = problemDetails.safeParse(content).data
  throw new AppError(
    problem?.code ?? 'UNAVAILABLE',
    problem?.detail ?? `The server answered with status ${response.status}.`,
  )
}
