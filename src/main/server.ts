import { startCli } from './hosts/cli/start-cli.ts'

// The server as a program of its own is `evenhand serve`, with the same options.
await startCli(import.meta.url, ['serve', ...process.argv.slice(2)])
