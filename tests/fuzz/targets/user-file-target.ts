import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { openKeyedFile } from '#engine/base/kernel/keyed-file.ts'
import { UserSettingsStore } from '#engine/base/settings/user-settings.ts'
import { readRecord } from '#engine/project/copies/copy-record.ts'
import { RecentProjects } from '#engine/project/session/recent-projects.ts'
import { AppError } from '#shared/contract/errors.ts'
import { recentProject } from '#shared/contract/project.contract.ts'
import { userSettings } from '#shared/contract/settings.contract.ts'
import { ServerRecords } from '../../../src/main/hosts/server/server-records.ts'
import { createMemoryLogger } from '../../fixtures/logs.ts'
import { pick } from '../../hostile/pick.ts'
import { promise, type FuzzTarget } from '../fuzz-target.ts'
import { encodeText, writeMutatedJson } from '../mutate.ts'

const at = '2026-01-01T00:00:00.000Z'
const documents: readonly unknown[] = [
  { reviewer: 'Ada', copiesKept: 20 },
  [{ folder: '/nowhere', name: 'faces', openedAt: at }],
  { key: 'k', content: { name: 'sharp' } },
  { madeAt: at, sha256: 'a'.repeat(64), reason: 'age', rows: { image: 3 } },
  { origin: 'http://127.0.0.1:8321', port: 8321, token: 'a token', pid: 2 ** 30 },
]

const content = z.object({ name: z.string() })

/** What stands beside a copy vouches for it, so that it is not passed over where it cannot be read. */
async function refuseByName(read: () => Promise<unknown>, name: string): Promise<void> {
  try {
    await read()
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'CONFLICT') throw error
    promise(error.message.includes(name), 'a refusal that does not name its file')
  }
}

/** Small JSON files of the user's own folder: what cannot be read counts as missing, and is never believed. */
export const userFileTarget: FuzzTarget = {
  name: 'user-files',
  leaves: 5,
  covers: [
    'main/engine/base/settings/user-settings.ts',
    'main/engine/base/kernel/keyed-file.ts',
    'main/engine/project/copies/copy-record.ts',
    'main/engine/project/session/recent-projects.ts',
    'main/hosts/server/server-records.ts',
  ],
  good: () => documents.map((document) => encodeText(JSON.stringify(document))),
  make: (random) => writeMutatedJson(pick(random, documents), random),
  async read(bytes, { folder }) {
    const logger = createMemoryLogger()
    const write = (name: string): string => {
      const file = join(folder, name)
      writeFileSync(file, bytes)
      return file
    }
    write('settings.json')
    const settings = new UserSettingsStore({ userDataFolder: folder, logger })
    userSettings.parse(await settings.get())
    write('recent-projects.json')
    z.array(recentProject).parse(await new RecentProjects({ userDataFolder: folder, logger }).list())
    const keyed = await openKeyedFile(write('keyed.json'), content).read('k')
    promise(
      keyed === null || typeof keyed.name === 'string',
      'a keyed file gives what is none of its content',
    )
    await refuseByName(() => readRecord(write('copy.json').replace(/\.json$/, '')), 'copy.json')
    mkdirSync(join(folder, 'servers'), { recursive: true })
    write('servers/8321.json')
    const records = new ServerRecords(folder)
    for (const { port } of await records.list()) promise(port > 0, 'a server without a port')
  },
}
