/** The import table of docs/architecture.md as rules; tests/architecture plants violations to see them caught. */
const { readdirSync } = require('node:fs')
const { join } = require('node:path')

/** The wings of the engine from the ground up: each imports only those before it. */
const wings = ['base', 'networks', 'data', 'learning', 'curation', 'assessment', 'reports', 'project']
const engineFolder = join(__dirname, 'src/main/engine')

/** The folders are the list, so that no new wing or room stays outside the rules. */
const listFolders = (folder) =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
for (const wing of listFolders(engineFolder)) {
  if (!wings.includes(wing))
    throw new Error(`src/main/engine/${wing} is no wing: give it its floor in ${__filename}`)
  const namesake = listFolders(join(engineFolder, wing)).find((room) => wings.includes(room))
  if (namesake !== undefined)
    throw new Error(
      `src/main/engine/${wing}/${namesake} is called like a wing: give the room a name of its own`,
    )
}

const repo = '^src/main/engine/.+[.]repo[.]ts$'
/** Named by packages, since what they bring is compiled: they block, or crash, the thread that loads them. */
const nativeModules =
  'node_modules/(koffi|onnxruntime-node|onnxruntime-common|sharp|@img/[^/]+|@tensorflow/[^/]+|@myriaddreamin/[^/]+|usearch)/'

const noImportsUpwards = wings.map((wing, floor) => {
  const above = wings.slice(floor + 1)
  return {
    name: `no-import-above-${wing}`,
    comment: 'a wing imports only the wings before it in docs/architecture.md',
    severity: 'error',
    from: { path: `^src/main/engine/${wing}/` },
    to: {
      path: ['^src/main/engine/[^/]+[.]ts$', ...above.map((name) => `^src/main/engine/${name}/`)],
    },
  }
})

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
      name: 'shared-in-floors',
      comment:
        'value types, then the contract made of them, then what both sides derive from what it carries',
      severity: 'error',
      from: { path: '^src/shared/domain/' },
      to: { path: '^src/shared/(contract|derived)/' },
    },
    {
      name: 'shared-in-floors',
      severity: 'error',
      from: { path: '^src/shared/contract/' },
      to: { path: '^src/shared/derived/' },
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
      from: { path: '^src/renderer/src/(components|engine|host|decisions)/' },
      to: { path: '^src/renderer/src/(features|app)/' },
    },
    {
      name: 'components-below-decisions',
      comment: 'what screens share in deciding images builds on components, not the other way round',
      severity: 'error',
      from: { path: '^src/renderer/src/(components|engine|host)/' },
      to: { path: '^src/renderer/src/decisions/' },
    },
    {
      name: 'features-below-app',
      severity: 'error',
      from: { path: '^src/renderer/src/features/' },
      to: { path: '^src/renderer/src/app/' },
    },
    {
      name: 'hosts-call-the-engine',
      comment:
        'a host opens an engine and calls its procedures; of the rest it may name types, and base serves all',
      severity: 'error',
      from: { path: '^src/main/(hosts/|[^/]+[.]ts$)' },
      to: {
        path: '^src/main/engine/',
        pathNot: '^src/main/engine/(base/|[^/]+[.]ts$)',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'networks-know-no-project',
      comment: 'what networks are made of, read from and run by serves any program',
      severity: 'error',
      from: { path: '^src/main/engine/networks/' },
      to: { path: '^src/main/engine/base/(db|jobs)/' },
    },
    {
      name: 'domain-is-pure',
      comment:
        'domain code, and what networks and their files are made of, takes data, clock and seed as arguments',
      severity: 'error',
      from: { path: '^src/main/engine/(.+/domain|networks/(architecture|onnx-file))/' },
      to: {
        pathNot: [
          '^src/main/engine/.+/domain/',
          '^src/shared/',
          '^src/main/engine/base/kernel/(hash|parse-input|quantiles|random)[.]ts$',
          '^src/main/engine/networks/(architecture|onnx-file)/[a-z-]+[.]ts$',
          'node_modules/(zod|pure-rand|@bufbuild)/',
          // Bytes in, bytes out.
          '^zlib$',
        ],
      },
    },
    {
      name: 'sqlite-behind-db',
      comment: 'one place opens catalogues; what is asked of them stands in repos',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/main/engine/base/db/' },
      to: { path: 'node_modules/(better-sqlite3|@types/better-sqlite3)/' },
    },
    {
      name: 'rooms-keep-their-repos',
      comment: "a room's repos stay its own; its feature hands services to others",
      severity: 'error',
      from: { path: '^src/main/engine/([^/]+/[^/]+)/' },
      to: { path: repo, pathNot: '^src/main/engine/$1/' },
    },
    {
      name: 'rooms-keep-their-repos',
      comment: 'what lies beside the rooms has none',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/main/engine/[^/]+/[^/]+/' },
      to: { path: repo },
    },
    {
      name: 'features-are-opened-in-order',
      comment: 'a feature is opened by the two lists alone, which lend it the services of those before it',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: '^src/main/engine/(create-engine|project/session/project-session)[.]ts$',
      },
      to: { path: '^src/main/engine/.+/feature[.]ts$' },
    },
    {
      name: 'the-session-opens-features',
      comment: 'what a room is made of is known in its feature.ts alone',
      severity: 'error',
      from: { path: '^src/main/engine/project/' },
      to: {
        path: '^src/main/engine/',
        pathNot: '^src/main/engine/(base/|project/|.+/feature[.]ts$)',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'native-modules-in-adapters',
      severity: 'error',
      from: { path: '^src/', pathNot: '/adapters/|[.]worker[.]ts$' },
      to: { path: nativeModules },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(out|dist)/|src/main/engine/networks/[^/]+/gen/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json'],
    },
  },
}
