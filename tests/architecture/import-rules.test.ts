import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'

const repository = fileURLToPath(new URL('../..', import.meta.url))

const report = z.object({
  summary: z.object({
    totalCruised: z.number(),
    violations: z.array(z.object({ from: z.string(), to: z.string(), rule: z.object({ name: z.string() }) })),
  }),
})

function cruise(folder: string) {
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
  return report.parse(JSON.parse(run.stdout)).summary
}

/** One file per rule that breaks it and nothing else. */
const planted: Readonly<Record<string, { file: string; code: string }>> = {
  'shared-is-pure': { file: 'src/shared/domain/planted.ts', code: "import 'node:fs'\n" },
  'nothing-imports-a-host': {
    file: 'src/main/engine/base/kernel/planted-host.ts',
    code: "import '../../../hosts/planted-target.ts'\n",
  },
  'engine-knows-no-transport': { file: 'src/main/engine/base/kernel/planted.ts', code: "import 'fastify'\n" },
  'engine-imports-engine-and-shared': {
    file: 'src/main/engine/base/kernel/planted-renderer.ts',
    code: "import '../../../../renderer/src/planted-target.ts'\n",
  },
  'preload-imports-shared': {
    file: 'src/preload/planted.ts',
    code: "import '../main/engine/planted-target.ts'\n",
  },
  'renderer-imports-shared': {
    file: 'src/renderer/src/planted.ts',
    code: "import '../../main/engine/planted-target.ts'\n",
  },
  'renderer-has-no-node': { file: 'src/renderer/src/planted-node.ts', code: "import 'node:fs'\n" },
  'screens-never-import-each-other': {
    file: 'src/renderer/src/features/planted-a/a.ts',
    code: "import '../planted-b/b.ts'\n",
  },
  'components-below-features': {
    file: 'src/renderer/src/components/planted.ts',
    code: "import '../features/planted-b/b.ts'\n",
  },
  'features-below-app': {
    file: 'src/renderer/src/features/planted-a/c.ts',
    code: "import '../../app/planted-target.ts'\n",
  },
  'domain-is-pure': {
    file: 'src/main/engine/data/splits/domain/planted.ts',
    code: "import 'node:fs'\n",
  },
  'sql-only-in-repos': {
    file: 'src/main/engine/data/splits/planted.service.ts',
    code: "import 'better-sqlite3'\n",
  },
  'features-meet-in-the-session': {
    file: 'src/main/engine/data/splits/planted-two.service.ts',
    code: "import '../../learning/models/planted.repo.ts'\n",
  },
  'handlers-use-services': {
    file: 'src/main/engine/learning/models/planted.handlers.ts',
    code: "import './planted.repo.ts'\n",
  },
  'native-modules-in-adapters': {
    file: 'src/main/engine/learning/models/planted.service.ts',
    code: "import 'onnxruntime-node'\n",
  },
  'no-import-above-base': {
    file: 'src/main/engine/base/kernel/planted-up.ts',
    code: "import '../../data/splits/planted-floor.ts'\n",
  },
  'no-cycles': { file: 'src/shared/domain/planted-one.ts', code: "import './planted-two.ts'\n" },
  'not-resolvable': { file: 'src/shared/domain/planted-lost.ts', code: "import './nowhere.ts'\n" },
}

const targets: Readonly<Record<string, string>> = {
  'src/main/hosts/planted-target.ts': 'export const host = 1\n',
  'src/renderer/src/planted-target.ts': 'export const renderer = 1\n',
  'src/main/engine/planted-target.ts': 'export const engine = 1\n',
  'src/renderer/src/features/planted-b/b.ts': 'export const b = 1\n',
  'src/renderer/src/app/planted-target.ts': 'export const app = 1\n',
  'src/main/engine/learning/models/planted.repo.ts': 'export const repo = 1\n',
  'src/main/engine/data/splits/planted-floor.ts': 'export const floor = 1\n',
  'src/shared/domain/planted-two.ts': "import './planted-one.ts'\n",
}

describe('the import table of the architecture', () => {
  let copy = ''

  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'evenhand-rules-'))
    for (const name of ['src', 'package.json', 'tsconfig.base.json', '.dependency-cruiser.cjs']) {
      cpSync(join(repository, name), join(copy, name), { recursive: true })
    }
    symlinkSync(join(repository, 'node_modules'), join(copy, 'node_modules'))
    const files = [
      ...Object.values(planted),
      ...Object.entries(targets).map(([path, text]) => ({ file: path, code: text })),
    ]
    for (const { file, code } of files) {
      mkdirSync(dirname(join(copy, file)), { recursive: true })
      writeFileSync(join(copy, file), code)
    }
  })

  afterAll(() => rmSync(copy, { recursive: true, force: true }))

  it('holds in the sources', () => {
    const summary = cruise(repository)
    expect(summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`)).toEqual([])
    // A cruiser that reads no TypeScript reports no violations either.
    expect(summary.totalCruised).toBeGreaterThan(100)
  })

  it('is enforced: every rule catches the violation planted for it', () => {
    const { violations } = cruise(copy)
    const caught = Object.entries(planted).map(([rule, { file }]) => ({
      rule,
      caught: violations.some((v) => v.rule.name === rule && v.from === file),
    }))
    expect(caught).toEqual(Object.keys(planted).map((rule) => ({ rule, caught: true })))
  })
})
