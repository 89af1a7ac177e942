import { rooms, wings } from './house.ts'

export interface Planted {
  readonly rule: string
  readonly file: string
  readonly code: string
}

export const isPlanted = (path: string): boolean => path.includes('/planted')

const engine = 'src/main/engine'
/** A room of every wing, one that has none yet included. */
const firstRoomOf = (wing: string): string =>
  rooms.find((room) => room.startsWith(`${wing}/`)) ?? `${wing}/planted`

const upwards = wings.flatMap((wing, floor): Planted[] =>
  [...wings.slice(floor + 1).map((above) => `${firstRoomOf(above)}/planted.ts`), 'planted.ts'].map(
    (target, at) => ({
      rule: `no-import-above-${wing}`,
      file: `${engine}/${firstRoomOf(wing)}/planted-up-${at}.ts`,
      code: `import '#engine/${target}'\n`,
    }),
  ),
)

function breakRoom(room: string, at: number): Planted[] {
  const inRoom = (rule: string, file: string, imported: string): Planted => ({
    rule,
    file: `${engine}/${room}/${file}`,
    code: `import '${imported}'\n`,
  })
  const next = rooms[(at + 1) % rooms.length] ?? ''
  return [
    inRoom('rooms-keep-their-repos', 'planted-peek.service.ts', `#engine/${next}/planted.repo.ts`),
    inRoom('rooms-keep-their-repos', 'planted.worker.ts', `#engine/${next}/planted.repo.ts`),
    inRoom('features-are-opened-in-order', 'planted-open.ts', '#engine/project/system/feature.ts'),
    inRoom('domain-is-pure', 'domain/planted.ts', 'node:fs'),
    inRoom('domain-is-pure', 'domain/planted-two.ts', '../planted.repo.ts'),
    inRoom('native-modules-in-adapters', 'planted.service.ts', 'onnxruntime-node'),
    ...(room === 'base/db' ? [] : [inRoom('sqlite-behind-db', 'planted.repo.ts', 'better-sqlite3')]),
  ]
}

const besideRooms = wings.map((wing): Planted => ({
  rule: 'rooms-keep-their-repos',
  file: `${engine}/${wing}/planted-beside.ts`,
  code: `import '#engine/${firstRoomOf(wing)}/planted.repo.ts'\n`,
}))

const others: readonly Planted[] = [
  {
    rule: 'shared-in-floors',
    file: 'src/shared/domain/planted-up.ts',
    code: "import '../contract/planted.ts'\n",
  },
  {
    rule: 'shared-in-floors',
    file: 'src/shared/contract/planted-up.ts',
    code: "import '../derived/planted.ts'\n",
  },
  { rule: 'shared-is-pure', file: 'src/shared/domain/planted.ts', code: "import 'node:fs'\n" },
  {
    rule: 'nothing-imports-a-host',
    file: `${engine}/base/kernel/planted-host.ts`,
    code: "import '../../../hosts/planted.ts'\n",
  },
  {
    rule: 'engine-knows-no-transport',
    file: `${engine}/base/kernel/planted-net.ts`,
    code: "import 'fastify'\n",
  },
  {
    rule: 'engine-imports-engine-and-shared',
    file: `${engine}/base/kernel/planted-window.ts`,
    code: "import '../../../../renderer/src/planted-target.ts'\n",
  },
  {
    rule: 'hosts-call-the-engine',
    file: 'src/main/hosts/planted-deep.ts',
    code: "import '#engine/data/catalogue/planted.ts'\n",
  },
  {
    rule: 'rooms-keep-their-repos',
    file: 'src/main/hosts/planted-peek.ts',
    code: "import '#engine/data/catalogue/planted.repo.ts'\n",
  },
  {
    rule: 'the-session-opens-features',
    file: `${engine}/project/session/planted-deep.ts`,
    code: "import '#engine/data/catalogue/planted.ts'\n",
  },
  {
    rule: 'preload-imports-shared',
    file: 'src/preload/planted.ts',
    code: "import '../main/engine/planted.ts'\n",
  },
  {
    rule: 'renderer-imports-shared',
    file: 'src/renderer/src/planted.ts',
    code: "import '../../main/engine/planted.ts'\n",
  },
  { rule: 'renderer-has-no-node', file: 'src/renderer/src/planted-node.ts', code: "import 'node:fs'\n" },
  {
    rule: 'screens-never-import-each-other',
    file: 'src/renderer/src/features/planted-a/a.ts',
    code: "import '../planted-b/b.ts'\n",
  },
  ...['components', 'engine', 'host', 'decisions'].map((layer) => ({
    rule: 'components-below-features',
    file: `src/renderer/src/${layer}/planted.ts`,
    code: "import '../features/planted-b/b.ts'\n",
  })),
  ...['components', 'engine', 'host'].map((layer) => ({
    rule: 'components-below-decisions',
    file: `src/renderer/src/${layer}/planted-low.ts`,
    code: "import '../decisions/planted-target.ts'\n",
  })),
  {
    rule: 'features-below-app',
    file: 'src/renderer/src/features/planted-a/c.ts',
    code: "import '../../app/planted.ts'\n",
  },
  ...rooms
    .filter((room) => room.startsWith('networks/'))
    .map((room) => ({
      rule: 'networks-know-no-project',
      file: `${engine}/${room}/planted-rows.ts`,
      code: "import '#engine/base/db/db.ts'\n",
    })),
  ...['networks/architecture', 'networks/onnx-file'].map((room) => ({
    rule: 'domain-is-pure',
    file: `${engine}/${room}/planted-pure.ts`,
    code: "import 'node:fs'\n",
  })),
  ...['sharp', 'usearch'].map((name) => ({
    rule: 'native-modules-in-adapters',
    file: `${engine}/data/catalogue/planted-${name}.ts`,
    code: `import '${name}'\n`,
  })),
  { rule: 'no-cycles', file: 'src/shared/domain/planted-one.ts', code: "import './planted-two.ts'\n" },
  { rule: 'not-resolvable', file: 'src/shared/domain/planted-lost.ts', code: "import './nowhere.ts'\n" },
]

/** One file for each way to break each rule: in every wing and in every room, as the folders list them. */
export const planted: readonly Planted[] = [
  ...upwards,
  ...rooms.flatMap(breakRoom),
  ...besideRooms,
  ...others,
]

/** Takes what pure code is given: the linter knows names that no import shows. */
export const plantedClock = ['data/splits/domain', 'networks/architecture', 'networks/onnx-file'].map(
  (folder) => ({
    file: `${engine}/${folder}/planted-clock.ts`,
    code: 'export const taken = [Date.now(), Math.random(), process.pid, performance.now(), crypto.randomUUID()]\n',
  }),
)

const empty = 'export {}\n'

/** A knot of rooms that is no circle of files. */
export const plantedKnot = [
  { file: `${engine}/data/splits/planted-knot.ts`, code: "import '#engine/data/sample/planted.ts'\n" },
  { file: `${engine}/data/sample/planted-knot.ts`, code: "import '#engine/data/splits/planted.ts'\n" },
]

/** What would load a native module into the engine's thread. */
export const plantedEntry = {
  file: `${engine}/planted-entry.ts`,
  code: "import '#engine/base/runtime/adapters/ort.ts'\n",
}

/** What the planted files import. */
export const targets: readonly { readonly file: string; readonly code: string }[] = [
  ...plantedKnot,
  plantedEntry,
  ...plantedClock,
  ...wings
    .map((wing) => `${engine}/${firstRoomOf(wing)}`)
    .map((room) => ({ file: `${room}/planted.ts`, code: empty })),
  ...['data/splits', 'data/sample'].map((room) => ({ file: `${engine}/${room}/planted.ts`, code: empty })),
  ...wings.map((wing) => ({ file: `${engine}/${firstRoomOf(wing)}/planted.repo.ts`, code: empty })),
  ...rooms.map((room) => ({ file: `${engine}/${room}/planted.repo.ts`, code: empty })),
  ...[
    `${engine}/planted.ts`,
    'src/shared/contract/planted.ts',
    'src/shared/derived/planted.ts',
    'src/main/hosts/planted.ts',
    'src/renderer/src/planted-target.ts',
    'src/renderer/src/decisions/planted-target.ts',
    'src/renderer/src/features/planted-b/b.ts',
    'src/renderer/src/app/planted.ts',
  ].map((file) => ({ file, code: empty })),
  { file: 'src/shared/domain/planted-two.ts', code: "import './planted-one.ts'\n" },
]
