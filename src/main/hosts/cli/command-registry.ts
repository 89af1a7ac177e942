import type { Command } from 'commander'
import type { CommandContext, CommandOutcome } from './command-context.ts'

/** @returns null when the command has written its result itself. */
export type CommandBody = (context: CommandContext) => Promise<CommandOutcome | null>

/** Where commands are added; each tells commander its flags and hands its work to `run`. */
export interface CommandRegistry {
  readonly program: Command
  readonly run: (command: Command, body: CommandBody) => Promise<void>
}
