import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../..')

/** A table of words; its type takes any text as a name. */
const table = /const (\w+): Readonly<Record<string, [^=]*>> = /g

/** Names of tables that are asked by a plain index. */
function listIndexed(source: string): string[] {
  return [...source.matchAll(table)]
    .map(([, name = '']) => name)
    .filter((name) => new RegExp(`(?<![.\\w])${name}\\[`).test(source))
}

it('a table is asked by lookUp, which finds nothing that every object inherits', () => {
  const indexed = globSync('src/**/*.{ts,tsx}', { cwd: root }).flatMap((file) =>
    listIndexed(readFileSync(join(root, file), 'utf8')).map((name) => `${file}: ${name}`),
  )
  expect(indexed).toEqual([])
})

it('an index into a table is seen', () => {
  expect(listIndexed('const words: Readonly<Record<string, number>> = { a: 1 }\nwords[text] ?? 0\n')).toEqual(
    ['words'],
  )
})
