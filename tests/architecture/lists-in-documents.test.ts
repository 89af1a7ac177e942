import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { checkIds } from '#shared/domain/checks.ts'

it('the guide to curation names every check once, and no other', () => {
  const guide = readFileSync(new URL('../../docs/guides/curation.md', import.meta.url), 'utf8')
  const [, table = ''] = guide.split(/^\| checks .*\n\|[ -|]*\|\n/m)
  const rows = table.split('\n\n')[0] ?? ''
  const named = rows
    .split('\n')
    .flatMap((row) => (row.split('|')[1] ?? '').split(',').map((name) => name.trim()))
  expect(named.filter((name) => name !== '').toSorted()).toEqual([...checkIds].toSorted())
})
