import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'
import { repository } from './house.ts'

const renderer = join(repository, 'src/renderer/src')

/** The classes that a style sheet has rules for. */
function listClasses(css: string): Set<string> {
  const preludes = css
    .replaceAll(/\/\*.*?\*\//gs, '')
    .replaceAll(/:global\([^)]*\)/g, '')
    .match(/[^{}]*(?=\{)/g)
  const selectors = (preludes ?? []).filter((prelude) => !prelude.trimStart().startsWith('@'))
  return new Set(
    selectors.flatMap((one) => [...one.matchAll(/\.([A-Za-z][\w-]*)/g)].map(([, name]) => name ?? '')),
  )
}

/** The classes that code takes from the style sheet it imports, by that one's address. */
function listUses(code: string): { readonly sheet: string; readonly classes: readonly string[] }[] {
  return [...code.matchAll(/import (\w+) from '([^']+\.module\.css)'/g)].map(([, name, sheet]) => ({
    sheet: sheet ?? '',
    classes: [...code.matchAll(new RegExp(`\\b${name}\\[([^\\]]*)\\]`, 'g'))].map(([, key]) => key ?? ''),
  }))
}

interface Sheet {
  readonly css: string
  readonly codes: readonly string[]
}

/** Each class without a use, and each use without a class. */
function findLoose({ css, codes }: Sheet): string[] {
  const defined = listClasses(css)
  const used = new Set(codes.flatMap((code) => listUses(code).flatMap(({ classes }) => classes)))
  return [
    ...[...defined].filter((name) => !used.has(`'${name}'`)).map((name) => `.${name} is used nowhere`),
    ...[...used].filter((key) => !defined.has(key.slice(1, -1))).map((key) => `[${key}] has no rule`),
  ]
}

function readSheets(): Map<string, Sheet> {
  const codes = globSync('**/*.{ts,tsx}', { cwd: renderer }).map((file) => ({
    folder: dirname(file),
    code: readFileSync(join(renderer, file), 'utf8'),
  }))
  return new Map(
    globSync('**/*.module.css', { cwd: renderer }).map((file) => [
      file,
      {
        css: readFileSync(join(renderer, file), 'utf8'),
        codes: codes
          .filter(({ folder, code }) =>
            listUses(code).some(({ sheet }) => normalize(join(folder, sheet)) === normalize(file)),
          )
          .map(({ code }) => code),
      },
    ]),
  )
}

describe('a style sheet of the window', () => {
  it('has a use for each class, and each use has its class', () => {
    const sheets = readSheets()
    expect(sheets.size).toBeGreaterThan(30)
    expect(
      [...sheets].flatMap(([file, sheet]) => findLoose(sheet).map((loose) => `${file}: ${loose}`)),
    ).toEqual([])
  })

  it('is caught with a class too many, one too few, and one that is not named outright', () => {
    const css = `/* .gone */ .kept:hover, .panel > .unused { margin: 0.5px } @media (min-width: 1.5px) { .wide { x: y } }`
    const code =
      "import styles from './a.module.css'\nstyles['kept']; styles['panel']; styles['lost']; styles[name]"
    expect(findLoose({ css, codes: [code] })).toEqual([
      '.unused is used nowhere',
      '.wide is used nowhere',
      "['lost'] has no rule",
      '[name] has no rule',
    ])
  })
})
