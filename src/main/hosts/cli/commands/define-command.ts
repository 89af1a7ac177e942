import { Option, type Command } from 'commander'

/** A command with the two options that all share. Its settings (exit override, output) come from the parent. */
export function defineCommand(parent: Command, usage: string, description: string): Command {
  return parent
    .command(usage)
    .description(description)
    .addOption(new Option('--project <folder>', 'project folder (default: the nearest one upwards)'))
    .addOption(new Option('--json', 'print one JSON document to stdout'))
}
