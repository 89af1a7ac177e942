import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { jobSnapshot } from '#shared/contract/job.contract.ts'
import { createRandom } from '#engine/kernel/random.ts'
import { startFixture } from '../fixtures/child-process.ts'
import { openEngine } from '../fixtures/engine.ts'
import { makeTemporaryFolder } from '../fixtures/folders.ts'
import { importFolder, writeFiles } from '../fixtures/imports.ts'
import { makeJpeg } from '../fixtures/pictures.ts'
import { dumpScan, scanProject } from '../fixtures/scans.ts'

const images = 160
const kills = Number(process.env['EVENHAND_KILLS'] ?? 2)

async function writePictures(folder: string): Promise<void> {
  const pictures = await Promise.all(
    // Every tenth is a copy of the one before.
    Array.from({ length: images }, (_, at) => makeJpeg(64 + (at % 5), 64, at % 10 === 9 ? at - 1 : at)),
  )
  writeFiles(
    folder,
    Object.fromEntries(pictures.map((bytes, at) => [`${String(at).padStart(3, '0')}.jpg`, bytes])),
  )
}

test(
  'a scan killed at random moments and started again ends in the tables of an undisturbed one',
  async () => {
    using folder = makeTemporaryFolder()
    const home = join(folder.path, 'home')
    const source = join(folder.path, 'faces')
    await writePictures(source)
    const calm = join(folder.path, 'calm')
    const killed = join(folder.path, 'killed')
    await using opened = openEngine(home)
    await opened.client.project.create({ folder: calm })
    await importFolder(opened.client, { source, format: 'folder', folderTask: 'identity' })
    await opened.client.project.close()
    cpSync(calm, killed, { recursive: true })
    await opened.client.project.open({ folder: calm })
    expect(await scanProject(opened.client)).toMatchObject({ worked: images, unreadable: 0 })
    await opened.client.project.close()
    const expected = dumpScan(calm)

    const random = createRandom(1, ['kill'])
    for (let round = 0; round < kills; round++) {
      await using scanner = startFixture('scan-process.ts', [home, killed])
      const target = random.int(1, 8)
      let advanced = 0
      await scanner.readLine((line) => {
        const { done, finishedAt } = jobSnapshot.parse(line)
        if (done > 0) advanced += 1
        return advanced >= target || finishedAt !== null
      })
      await new Promise((resolve) => setTimeout(resolve, random.int(0, 60)))
      await scanner.kill()
    }

    await opened.client.project.open({ folder: killed })
    await scanProject(opened.client)
    expect(await scanProject(opened.client)).toMatchObject({ worked: 0, unchanged: images })
    await opened.client.project.close()
    expect(dumpScan(killed)).toEqual(expected)
  },
  300_000 + kills * 60_000,
)
