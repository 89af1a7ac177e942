import { resolve } from 'node:path'
import * as z from 'zod'
import { mapSystemError } from '#engine/base/kernel/system-error.ts'
import { AppError } from '#shared/contract/errors.ts'
import { defaultServerHost, defaultServerPort } from '../../server/server-options.ts'
import type { ServerRecords } from '../../server/server-records.ts'
import type { RunningServer } from '../../server/start-server.ts'
import type { CliIo } from '../cli-io.ts'
import type { CommandContext } from '../command-context.ts'
import { findProject } from '../find-project.ts'
import { integerFlag, parseFlags, purposeFlag } from '../parse-flags.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { runServer } from '../run-server.ts'
import { defineCommand } from './define-command.ts'
import { openModel } from './predict-command.ts'
import { readRegularFile } from '#engine/base/kernel/regular-file.ts'

const serveFlags = z.object({
  model: z.string().min(1).optional(),
  host: z.string().min(1).default(defaultServerHost),
  port: integerFlag.pipe(z.number().max(65_535)).default(defaultServerPort),
  apiKeyFile: z.string().min(1).optional(),
  allowHost: z.array(z.string().min(1)).default([]),
  open: z.boolean().default(false),
  showToken: z.boolean().default(false),
  purpose: purposeFlag.optional(),
})
type ServeFlags = z.infer<typeof serveFlags>

export function addServeCommand({ program, run }: CommandRegistry): void {
  const serve = defineCommand(program, 'serve', 'serve the window, the REST interface and /predict')
    .option('--model <model>', 'what /predict uses: a model, or an ONNX file (default: the newest model)')
    .option('--host <address>', `address to listen on (default: ${defaultServerHost})`)
    .option('--port <n>', `port, 0 for any free one (default: ${defaultServerPort})`)
    .option('--api-key-file <file>', 'file with the key that opens /predict (or set EVENHAND_API_KEY)')
    .option('--allow-host <name...>', 'host names to be reached under, besides localhost and addresses')
    .option('--purpose <id>', 'recorded purpose under which /predict answers race (see "evenhand purpose")')
    .option('--open', 'open the window in a browser')
    .option('--show-token', 'print the token, which opens everything, and not where it stands')
  serve.action(() =>
    run(serve, (context) => serveUntilStopped(context, parseFlags(serveFlags, serve.opts()))),
  )
}

async function serveUntilStopped(context: CommandContext, flags: ServeFlags): Promise<null> {
  const { engine, model } = await openServedModel(context, flags.model)
  const purposeId = flags.purpose ?? null
  await engine.announceServing(purposeId)
  await runServer(context, {
    options: {
      engine,
      host: flags.host,
      port: flags.port,
      apiKey: await readApiKey(flags.apiKeyFile, context.io),
      predictModel: model,
      purposeId,
      allowedHosts: flags.allowHost,
      windowFolder: context.windowFolder,
    },
    isToOpen: flags.open,
    announce: (server, records) => {
      // The one document comes as soon as it is true; the command itself goes on.
      context.io.stdout.write(
        context.isJson
          ? describeAsJson(server, records)
          : describeServer(server, flags.showToken ? server.token : `in ${records.fileOf(server.port)}`),
      )
      if (!isLoopback(flags.host)) {
        context.note('Other machines can reach this server, and the connection is not encrypted.')
      }
    },
  })
  return null
}

function describeAsJson(server: RunningServer, records: ServerRecords): string {
  const { origin, port, token } = server
  const document = { url: server.offerSignIn().url, origin, port, token, tokenFile: records.fileOf(port) }
  return `${JSON.stringify(document, null, 2)}\n`
}

/** What is printed may be kept in a log, so that nothing in it opens anything for long. */
function describeServer(server: RunningServer, token: string): string {
  return [
    `Window: ${server.offerSignIn().url}`,
    '        signs one browser in, within 10 minutes; "evenhand sign-in" prints another address',
    `REST: ${server.origin}/openapi.json`,
    `Token: ${token}`,
    'Stop with Ctrl-C',
    '',
  ].join('\n')
}

async function openServedModel(context: CommandContext, reference: string | undefined) {
  if (reference !== undefined) return openModel(context, reference)
  const hasProject = context.projectFlag !== undefined || findProject(context.io.workingFolder) !== null
  const { engine } = hasProject ? await context.openProject() : await context.openEngine()
  return { engine, model: null }
}

async function readApiKey(file: string | undefined, io: CliIo): Promise<string | null> {
  const key =
    file === undefined ? io.env['EVENHAND_API_KEY'] : await readKeyFile(resolve(io.workingFolder, file))
  if (key === undefined || key.trim() === '') return null
  if (key.trim().length < 16) {
    throw new AppError('INVALID_INPUT', 'The key for /predict must have at least 16 characters.')
  }
  return key.trim()
}

async function readKeyFile(file: string): Promise<string> {
  try {
    return (await readRegularFile(file)).toString('utf8')
  } catch (error) {
    throw mapSystemError(error, { action: 'read', path: file })
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}
