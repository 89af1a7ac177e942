import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { listSources, repository, rooms, wings } from './house.ts'

const documents = [...listSources('*.md'), ...listSources('docs/**/*.md')].filter(
  (file) => file !== 'CHANGELOG.md',
)
const read = (file: string): string => readFileSync(join(repository, file), 'utf8')

/** From where documents name paths. */
const bases = ['', 'src', 'src/main', 'src/main/engine', 'src/renderer/src']
const roots = new Set([...wings, 'bench', 'docs', 'resources', 'scripts', 'src', 'tests'])

/** Files and folders that a text names and that are not there; a file may go by its name alone. */
function listMissing(text: string, names: ReadonlySet<string>): string[] {
  const named = [...text.matchAll(/`([\w.-]+(?:\/[\w.-]+)*\/?)`/g)].map(([, path = '']) => path)
  return named.filter((path) => {
    const isSource = /[\w-][.]tsx?$/.test(path)
    if (!path.includes('/')) return isSource && !names.has(path)
    const isPath = isSource || roots.has(path.split('/')[0] ?? '')
    return isPath && !bases.some((base) => existsSync(join(repository, base, path)))
  })
}

describe('the documents', () => {
  it('list the wings in their order, with the rooms that are there', () => {
    const [, table = ''] = read('docs/architecture.md').match(/\n(\| wing [^]*?)\n\n/) ?? []
    const listed = new Map<string, string[]>()
    let last: string[] = []
    for (const [, wing, room] of table.matchAll(/^\| (?:`([\w-]+)`)? +\| (?:`([\w-]+)`)? /gm)) {
      if (wing !== undefined) listed.set(wing, (last = []))
      if (room !== undefined) last.push(room)
    }
    const inWing = (wing: string): string[] =>
      rooms.filter((room) => room.startsWith(`${wing}/`)).map((room) => room.slice(wing.length + 1))
    expect([...listed.keys()]).toEqual(wings)
    for (const [wing, names] of listed) expect(names.toSorted()).toEqual(inWing(wing).toSorted())
  })

  it('name no path that is not there', () => {
    const names = new Set(
      listSources('{,{src,tests,scripts,bench}/**/}*.{ts,tsx}').map((file) => basename(file)),
    )
    const missing = documents.flatMap((file) =>
      listMissing(read(file), names).map((path) => `${file}: ${path}`),
    )
    expect(missing).toEqual([])
    expect(
      listMissing(
        '`docs/architecture.md` `base/db/gone.ts` `gone.ts` `src/gone/` `main.tsx` `shared/gone.ts`',
        names,
      ),
    ).toEqual(['base/db/gone.ts', 'gone.ts', 'src/gone/', 'shared/gone.ts'])
  })
})
