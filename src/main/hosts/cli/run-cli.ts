import { CommanderError, type Command } from 'commander'
import type { Engine } from '#engine/engine.ts'
import { AppError, errorTable } from '#shared/contract/errors.ts'
import { toAppError } from '../call-errors.ts'
import type { LastResort } from '../last-resort.ts'
import type { CliIo } from './cli-io.ts'
import { CommandContext, type CommandOutcome } from './command-context.ts'
import type { CommandBody } from './command-registry.ts'
import { escapeControls } from '#shared/domain/escape-controls.ts'
import { createProgram } from './program.ts'

export interface CliOptions {
  /** Without the interpreter and the script. */
  readonly argv: readonly string[]
  readonly io: CliIo
  readonly signal: AbortSignal
  readonly version: string
  readonly windowFolder: string
  readonly openEngine: () => Promise<Engine>
  /** While the work goes on, a failure that nobody caught does not end the command. */
  readonly keepServing: LastResort['keepServing']
}

/** Runs one command. @returns the exit code of the error table, 0 when all went well. */
export async function runCli(options: CliOptions): Promise<number> {
  const { io, argv } = options
  const isJson = argv.includes('--json')
  let exitCode = 0
  const program = createProgram({
    version: options.version,
    io,
    run: async (command, body) => {
      exitCode = await runCommand(options, command, body)
    },
  })
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return exitCode
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportFailure(error, io, isJson)
    if (error.exitCode === 0 || error.code === 'commander.help')
      return error.code === 'commander.help' ? 2 : 0
    return reportFailure(new AppError('INVALID_INPUT', describeUsageError(error, program, argv)), io, isJson)
  }
}

async function runCommand(options: CliOptions, command: Command, body: CommandBody): Promise<number> {
  const { io, signal, openEngine, keepServing, windowFolder } = options
  const flags: Record<string, unknown> = command.optsWithGlobals()
  const isJson = flags['json'] === true
  const projectFlag = typeof flags['project'] === 'string' ? flags['project'] : undefined
  const context = new CommandContext({
    io,
    signal,
    projectFlag,
    isJson,
    windowFolder,
    openEngine,
    keepServing,
  })
  const outcome = await runBody(body, context)
  if (outcome === null) return 0
  io.stdout.write(
    isJson ? `${JSON.stringify(outcome.json, null, 2)}\n` : ensureNewline(escapeControls(outcome.text)),
  )
  return outcome.exitCode ?? 0
}

/** Closes what the command has opened before anything is said, so that there is one thing to say. */
async function runBody(body: CommandBody, context: CommandContext): Promise<CommandOutcome | null> {
  let outcome: CommandOutcome | null
  try {
    outcome = await body(context)
  } catch (error) {
    // Why the command failed is the exit code; what went wrong while closing is told beside it.
    await context.dispose().catch((closing: unknown) => context.note(toAppError(closing).message))
    throw error
  }
  await context.dispose()
  return outcome
}

function ensureNewline(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}

function reportFailure(error: unknown, io: CliIo, isJson: boolean): number {
  const { code, message, details } = toAppError(error)
  io.stderr.write(`${escapeControls(message)}\n`)
  if (isJson) io.stdout.write(`${JSON.stringify({ error: { code, message, details } }, null, 2)}\n`)
  return errorTable[code].exitCode
}

function describeUsageError(error: CommanderError, program: Command, argv: readonly string[]): string {
  const message = error.message.replace(/^error: /, '')
  const sentence = `${message.charAt(0).toUpperCase()}${message.slice(1)}`
  const named = program.commands.find((command) => command.name() === argv[0])
  if (error.code !== 'commander.unknownCommand') {
    const inside = named?.commands.find((command) => command.name() === argv[1])
    const path = ['evenhand', named?.name(), inside?.name(), '--help'].filter((part) => part !== undefined)
    return `${sentence}. "${path.join(' ')}" lists ${named === undefined ? 'commands and options' : 'its options'}.`
  }
  // `split foo` fails inside the group, so the group's own commands help.
  const group = named !== undefined && named.commands.length > 0 ? named : program
  const names = group.commands.map((command) => command.name()).join(', ')
  return `${sentence}. There are: ${names}.`
}
