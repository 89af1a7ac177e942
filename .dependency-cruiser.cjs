/** The import table of docs/architecture.md as rules; tests/architecture plants violations to see them caught. */
const { readdirSync } = require('node:fs')
const { join } = require('node:path')

/** The wings of the engine from the ground up: each imports only those before it. */
const wings = ['base', 'networks', 'data', 'learning', 'curation', 'assessment', 'reports', 'project']
const engineFolder = join(__dirname, 'src/main/engine')

/** The folders are the list, so that no new wing or feature stays outside the rules. */
const listFolders = (folder) =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
const built = listFolders(engineFolder)
const homeless = built.filter((name) => !wings.includes(name))
if (homeless.length > 0)
  throw new Error(`src/main/engine/${homeless[0]} is no wing: give it its floor in ${__filename}`)

const noImportsUpwards = wings.slice(0, -1).map((wing, floor) => ({
  name: `no-import-above-${wing}`,
  comment: 'a wing imports only the wings before it in docs/architecture.md',
  severity: 'error',
  from: { path: `^src/main/engine/${wing}/` },
  to: { path: `^src/main/engine/(${wings.slice(floor + 1).join('|')})/|^src/main/engine/[^/]+\\.ts$` },
}))

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'not-resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '[?](worker|url|raw)|^virtual:' },
    },
    ...noImportsUpwards,
    {
      name: 'shared-is-pure',
      comment: 'src/shared imports nothing of ours and does no I/O',
      severity: 'error',
      from: { path: '^src/shared/' },
      to: {
        pathNot: '^src/shared/|node_modules/(zod|@orpc/contract|@orpc/shared)/',
      },
    },
    {
      name: 'nothing-imports-a-host',
      severity: 'error',
      from: { pathNot: '^src/main/(hosts/|index\\.ts|server\\.ts|cli\\.ts)|^(scripts|tests|bench)/' },
      to: { path: '^src/main/hosts/' },
    },
    {
      name: 'engine-knows-no-transport',
      severity: 'error',
      from: { path: '^src/main/engine/' },
      to: { path: 'node_modules/(electron|fastify|@fastify|ws|commander)(/|$)|^(electron|fastify|ws)$' },
    },
    {
      name: 'engine-imports-engine-and-shared',
      severity: 'error',
      from: { path: '^src/main/engine/' },
      to: { path: '^src/', pathNot: '^src/(main/engine|shared)/' },
    },
    {
      name: 'preload-imports-shared',
      severity: 'error',
      from: { path: '^src/preload/' },
      to: { path: '^src/', pathNot: '^src/(preload|shared)/' },
    },
    {
      name: 'renderer-imports-shared',
      severity: 'error',
      from: { path: '^src/renderer/' },
      to: { path: '^src/', pathNot: '^src/(renderer|shared)/' },
    },
    {
      name: 'renderer-has-no-node',
      severity: 'error',
      from: { path: '^src/renderer/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'screens-never-import-each-other',
      severity: 'error',
      from: { path: '^src/renderer/src/features/([^/]+)/' },
      to: { path: '^src/renderer/src/features/', pathNot: '^src/renderer/src/features/$1/' },
    },
    {
      name: 'components-below-features',
      severity: 'error',
      from: { path: '^src/renderer/src/(components|engine|host)/' },
      to: { path: '^src/renderer/src/(features|app)/' },
    },
    {
      name: 'features-below-app',
      severity: 'error',
      from: { path: '^src/renderer/src/features/' },
      to: { path: '^src/renderer/src/app/' },
    },
    {
      name: 'domain-is-pure',
      comment: 'domain code takes data, clock and seed as arguments',
      severity: 'error',
      from: { path: '^src/main/engine/[^/]+/[^/]+/domain/' },
      to: {
        pathNot:
          '^src/main/engine/[^/]+/[^/]+/domain/|^src/shared/|^src/main/engine/base/kernel/|node_modules/(zod|pure-rand|@bufbuild)/|^src/main/engine/networks/(architecture|onnx-file)/',
      },
    },
    {
      name: 'sql-only-in-repos',
      comment: 'better-sqlite3 is reached through db/; only repos, the session and db itself use it',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/main/engine/base/db/' },
      to: { path: 'node_modules/(better-sqlite3|@types/better-sqlite3)/' },
    },
    {
      name: 'features-meet-in-the-session',
      comment: "another feature's repos stay its own; services are passed in by the project session",
      severity: 'error',
      from: { path: '^src/main/engine/((?!curation)[^/]+/[^/]+)/' },
      to: { path: '^src/main/engine/.+[.]repo[.]ts$', pathNot: '^src/main/engine/$1/' },
    },
    {
      name: 'handlers-use-services',
      severity: 'error',
      from: { path: '\\.handlers\\.ts$' },
      to: { path: '\\.repo\\.ts$' },
    },
    {
      name: 'native-modules-in-adapters',
      comment:
        'onnxruntime-node and sharp block or crash the thread that loads them: adapters and workers only',
      severity: 'error',
      from: { path: '^src/', pathNot: '/adapters/|\\.worker\\.ts$' },
      to: { path: 'node_modules/(onnxruntime-node|onnxruntime-common|sharp|@img/[^/]+|@tensorflow/[^/]+)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(out|dist)/|src/main/engine/networks/onnx-file/gen/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json'],
    },
  },
}
