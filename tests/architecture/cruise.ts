import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import * as z from 'zod'
import { repository } from './house.ts'

const cruised = z.object({
  modules: z.array(
    z.object({
      source: z.string(),
      dependencies: z.array(
        z.object({ resolved: z.string(), dynamic: z.boolean(), dependencyTypes: z.array(z.string()) }),
      ),
    }),
  ),
  summary: z.object({
    violations: z.array(z.object({ from: z.string(), to: z.string(), rule: z.object({ name: z.string() }) })),
  }),
})
export type Cruised = z.infer<typeof cruised>

/** Every import below `src` of a folder, and which of them a rule forbids. */
export function cruise(folder: string): Cruised {
  const run = spawnSync(
    process.execPath,
    [
      join(repository, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs'),
      '--config',
      join(folder, '.dependency-cruiser.cjs'),
      '--output-type',
      'json',
      'src',
    ],
    { cwd: folder, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 },
  )
  if (!run.stdout.startsWith('{')) throw new Error(`dependency-cruiser gave no report: ${run.stderr}`)
  return cruised.parse(JSON.parse(run.stdout))
}

const linted = z.object({ diagnostics: z.array(z.object({ message: z.string(), filename: z.string() })) })

/** What the linter says of some files. */
export function lint(folder: string, files: readonly string[]): z.infer<typeof linted>['diagnostics'] {
  const run = spawnSync(
    process.execPath,
    [join(repository, 'node_modules/oxlint/bin/oxlint'), '--format', 'json', ...files],
    { cwd: folder, encoding: 'utf8' },
  )
  if (!run.stdout.startsWith('{')) throw new Error(`oxlint gave no report: ${run.stderr}`)
  return linted.parse(JSON.parse(run.stdout)).diagnostics
}

export interface Arrow {
  readonly from: string
  readonly to: string
}

/** The arrows that lie on a circle: what stays when all that nothing leads to, or that leads to nothing, is taken away. */
export function findKnots(arrows: readonly Arrow[]): Arrow[] {
  const left = arrows.filter(
    ({ from, to }) => arrows.some((other) => other.to === from) && arrows.some((other) => other.from === to),
  )
  return left.length === arrows.length ? left : findKnots(left)
}

/** Modules that are loaded with one: its imports and theirs, but for types and for what is imported when it is wanted. */
export function listLoaded(modules: Cruised['modules'], entry: string): Set<string> {
  const dependenciesOf = new Map(modules.map(({ source, dependencies }) => [source, dependencies]))
  const loaded = new Set([entry])
  for (const source of loaded)
    for (const { resolved, dynamic, dependencyTypes } of dependenciesOf.get(source) ?? [])
      if (!dynamic && !dependencyTypes.includes('type-only')) loaded.add(resolved)
  return loaded
}
