import { readdirSync, readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { expect, it } from 'vitest'
import { imageFilter, type FacetName } from '#shared/contract/image.contract.ts'
import { jobKind } from '#shared/contract/job.contract.ts'
import { imageColumns } from '#shared/domain/image-columns.ts'
import { searchFields } from '#shared/domain/image-search.ts'
import { procedures } from '#engine/base/procedures/handlers.ts'
import { createProgram } from '../../src/main/hosts/cli/program.ts'

const record = readFileSync(
  new URL('../../docs/decisions/0049-every-procedure-is-classified.md', import.meta.url),
  'utf8',
)

const stances = ['`sealed`', '`opened`', '`elsewhere`', '`no answer`']

/** What the table under a heading names, with how it stands. */
function readTable(heading: string): string[] {
  const [, section = ''] = record.split(`\n## ${heading}\n`)
  const rows = (section.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('| `'))
  return rows.flatMap((row) => {
    const [, stands = '', names = '', why = ''] = row.split('|').map((cell) => cell.trim())
    expect(stances).toContain(stands)
    expect(why).not.toBe('')
    return names.split(',').map((name) => name.trim())
  })
}

const nameCommands = (command: Command, path: readonly string[] = []): string[] =>
  command.commands.flatMap((one) => {
    const own = [...path, one.name()]
    return [own.join(' '), ...nameCommands(one, own)]
  })

const facets: Record<FacetName, true> = {
  dataset: true,
  race: true,
  gender: true,
  age: true,
  status: true,
  finding: true,
  part: true,
  identity: true,
}

const serverFolder = new URL('../../src/main/hosts/server/', import.meta.url)

const listRoutes = (): string[] =>
  readdirSync(serverFolder)
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => [
      ...readFileSync(new URL(name, serverFolder), 'utf8').matchAll(
        /\b(?:app|scope)\.(get|post|put|patch|delete|all)(?:<\w+>)?\('([^']+)'/g,
      ),
    ])
    .map(([, method = '', path = '']) => `${method.toUpperCase()} ${path}`)

const sortOnce = (names: Iterable<string>): string[] => [...new Set(names)].toSorted()

it.each([
  { heading: 'Procedures', found: () => procedures.map(({ noun, verb }) => `${noun}.${verb}`) },
  {
    heading: 'Commands',
    found: () => {
      const write = (): boolean => true
      const io = { stdout: { write }, stderr: { write }, workingFolder: '.', env: {} }
      return nameCommands(createProgram({ version: '0.0.0', io, run: () => Promise.resolve() }))
    },
  },
  { heading: 'Routes of the server', found: listRoutes },
  { heading: 'Jobs', found: () => jobKind.options },
  {
    heading: 'Columns, filters and facets of the catalogue',
    found: () => [
      ...imageColumns.filter((name) => !name.startsWith('score:')),
      ...searchFields,
      ...Object.keys(facets),
      ...Object.keys(imageFilter.shape).map((name) => (name === 'findings' ? 'finding' : name)),
    ],
  },
])('record 49 says of each of the $heading how it stands to test results', ({ heading, found }) => {
  const named = readTable(heading)
  expect(named).toEqual([...new Set(named)])
  expect(named.toSorted()).toEqual(sortOnce(found()))
})
