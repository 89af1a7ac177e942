import { startCli } from './hosts/cli/start-cli.ts'

await startCli(import.meta.url)
