/**
 * Writes golden/command-answers.json and golden/rest-document.json: what the commands and the REST document of a checkout answer, for
 * later versions to be held to. `node tests/oracles/record-interfaces.ts CHECKOUT`, in minutes; only where a break is meant, and then of
 * this checkout, with the changes that are meant so far taken out of the tests.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { packRest } from '../fixtures/packed-rest.ts'
import { makeRecordedPlaces, runRecordedLines } from '../fixtures/recorded-commands.ts'

const checkout = resolve(process.argv[2] ?? '.')
const golden = join(import.meta.dirname, 'golden')
const folder = mkdtempSync(join(tmpdir(), 'evenhand-record-'))
const places = await makeRecordedPlaces(folder)
let cwd = folder
const run = (argv: readonly string[]) =>
  new Promise<{ code: number | null; stdout: string }>((told) => {
    const env = { ...process.env, EVENHAND_HOME: join(folder, 'user') }
    const entry = join(checkout, 'src/main/cli.ts')
    const child = execFile(
      process.execPath,
      [entry, ...argv],
      { cwd, env, maxBuffer: 2 ** 28 },
      (_, stdout) => {
        told({ code: child.exitCode, stdout })
      },
    )
    cwd = places['project'] ?? cwd
  })
const isNow = checkout === resolve(import.meta.dirname, '../..')
const answers = await runRecordedLines({ places, run, isNow, isTaken: () => true })
rmSync(folder, { recursive: true })
const rows = answers.map((answer) => JSON.stringify(answer))
writeFileSync(join(golden, 'command-answers.json'), `[\n${rows.join(',\n')}\n]\n`)

const module: unknown = await import(
  pathToFileURL(join(checkout, 'src/main/hosts/server/openapi-document.ts')).href
)
const { createOpenApiDocument } = module as {
  createOpenApiDocument: (version: string) => Promise<Readonly<Record<string, unknown>>>
}
writeFileSync(
  join(golden, 'rest-document.json'),
  `${JSON.stringify(packRest(await createOpenApiDocument('0')))}\n`,
)
