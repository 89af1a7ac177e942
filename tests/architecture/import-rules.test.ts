import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cruise, findKnots, lint, listLoaded, type Arrow, type Cruised } from './cruise.ts'
import { findFolder, listSources, readRuleNames, repository, rooms } from './house.ts'
import { isPlanted, planted, plantedClock, plantedEntry, plantedKnot, targets } from './plant.ts'

const carried = ['src', 'package.json', 'tsconfig.base.json', '.dependency-cruiser.cjs', '.oxlintrc.json']

function makeFolder(files: readonly { readonly file: string; readonly code: string }[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'evenhand-rules-'))
  for (const { file, code } of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), code)
  }
  return folder
}

/** Which folder imports which, each once. */
function listArrows(modules: Cruised['modules']): Arrow[] {
  const arrows = new Map<string, Arrow>()
  for (const { source, dependencies } of modules)
    for (const { resolved } of dependencies) {
      const [from, to] = [findFolder(source), findFolder(resolved)]
      if (from !== null && to !== null && from !== to) arrows.set(`${from} -> ${to}`, { from, to })
    }
  return [...arrows.values()]
}

describe('the import table of the architecture', () => {
  let copy = ''
  /** The sources and what is planted among them: nothing of the sources imports what is planted. */
  let all: Cruised
  let own: Cruised['modules']

  beforeAll(() => {
    copy = makeFolder([])
    for (const name of carried) cpSync(join(repository, name), join(copy, name), { recursive: true })
    symlinkSync(join(repository, 'node_modules'), join(copy, 'node_modules'))
    for (const { file, code } of [...targets, ...planted]) {
      mkdirSync(dirname(join(copy, file)), { recursive: true })
      writeFileSync(join(copy, file), code)
    }
    all = cruise(copy)
    own = all.modules.filter(({ source }) => !isPlanted(source))
  })

  afterAll(() => rmSync(copy, { recursive: true, force: true }))

  it('holds in the sources', () => {
    const violations = all.summary.violations.filter(({ from }) => !isPlanted(from))
    expect(violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`)).toEqual([])
  })

  // A cruiser that reads no TypeScript reports no violations either.
  it('is held against every file of the engine', () => {
    const cruised = new Set(own.map(({ source }) => source))
    expect(
      listSources('src/main/engine/**/*.ts').filter((file) => !file.includes('/gen/') && !cruised.has(file)),
    ).toEqual([])
  })

  it('catches the violation planted in each wing and each room, and has one for every rule', () => {
    const caught = new Set(all.summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`))
    expect(planted.map(({ rule, file }) => `${rule}: ${file}`).filter((one) => !caught.has(one))).toEqual([])
    expect(new Set(planted.map(({ rule }) => rule))).toEqual(new Set(readRuleNames(repository)))
  })

  it('keeps clock, chance and process out of pure code', () => {
    const files = plantedClock.map(({ file }) => file)
    const wanted = ["'Date.now'", "'Math.random'", "'process'", "'performance'", "'crypto'"]
    const found = lint(copy, files).map(
      ({ filename, message }) => `${filename} ${message.match(/'[^']+'/)?.[0]}`,
    )
    expect(found.toSorted()).toEqual(
      files.flatMap((file) => wanted.map((name) => `${file} ${name}`)).toSorted(),
    )
  })

  it('has no knot between rooms, nor between the folders of another side', () => {
    expect(findKnots(listArrows(own))).toEqual([])
    const tied = all.modules.filter(({ source }) => plantedKnot.some(({ file }) => file === source))
    expect(findKnots(listArrows([...own, ...tied]))).toEqual(
      expect.arrayContaining([
        { from: 'data/splits', to: 'data/sample' },
        { from: 'data/sample', to: 'data/splits' },
      ]),
    )
  })

  it("loads no native module into the engine's thread", () => {
    const listNative = (entry: string): string[] =>
      [...listLoaded(all.modules, entry)].filter((path) =>
        /[/]engine[/].*[/]adapters[/]|[.]worker[.]ts$|node_modules[/](onnxruntime|sharp|@img|usearch|umap-js)/.test(
          path,
        ),
      )
    expect(listNative('src/main/engine/create-engine.ts')).toEqual([])
    expect(listNative(plantedEntry.file)).toContain('src/main/engine/base/runtime/adapters/ort.ts')
  })
})

describe('the folders of the engine', () => {
  const refuse = (folder: string): string => {
    const house = makeFolder([{ file: join(folder, 'a.ts'), code: '' }])
    cpSync(join(repository, '.dependency-cruiser.cjs'), join(house, '.dependency-cruiser.cjs'))
    try {
      readRuleNames(house)
      return 'accepted'
    } catch (error) {
      return String(error)
    } finally {
      rmSync(house, { recursive: true, force: true })
    }
  }

  it('are wings with rooms, which have names of their own', () => {
    expect(refuse('src/main/engine/data/splits')).toBe('accepted')
    expect(refuse('src/main/engine/helpers')).toContain('src/main/engine/helpers is no wing')
    expect(refuse('src/main/engine/data/data')).toContain('src/main/engine/data/data is called like a wing')
    expect(rooms.length).toBeGreaterThan(0)
  })
})
