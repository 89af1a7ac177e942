import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { createRandom } from '#engine/base/kernel/random.ts'
import { unpackOutcome } from '#engine/base/threads/worker-outcome.ts'
import { frameCells } from '#engine/assessment/explanations/domain/align-map.ts'
import { alignedImages, alignedState, comparedMaps } from '#engine/assessment/explanations/group-map-tasks.ts'
import { alignImages, compareGroups } from '#engine/assessment/explanations/group-maps.worker.ts'
import { drawGroup } from '../../../../fixtures/drawn-faces.ts'
import { makeTemporaryFolder } from '../../../../fixtures/folders.ts'
import { buildShortcutModel } from '../../../../fixtures/shortcut-model.ts'

const perGroup = 32
const cells = frameCells * frameCells
const folder = makeTemporaryFolder()
const images: { file: string; fileSha256: string }[] = []

/** Faces that stand a little otherwise each time, with a red square at their upper left or upper right, so large that it decides the answer. */
beforeAll(async () => {
  const random = createRandom(11, ['faces'])
  const write = async (name: string, bytes: Uint8Array) => {
    const file = join(folder.path, name)
    await writeFile(file, bytes)
    images.push({ file, fileSha256: hashBytes(bytes) })
  }
  for (let at = 0; at < 2 * perGroup; at++) {
    const side = 130 + random.int(-14, 14)
    const [x, y] = [(200 - side) / 2 + random.int(-8, 8), (200 - side) / 2 + random.int(-8, 8)]
    const left = at < perGroup ? x : x + side - 36
    const picture = await drawGroup({
      width: 200,
      height: 200,
      faces: [{ x, y, side }],
      firstLook: at,
      marks: [{ x: left, y: y + 4, side: 36, colour: [230, 20, 20] }],
    })
    await write(`${at}.png`, picture)
  }
  await write('wall.png', await drawGroup({ width: 200, height: 200, faces: [] }))
  images.push({ file: join(folder.path, 'away.png'), fileSha256: '0'.repeat(64) })
  await writeFile(join(folder.path, 'shortcut.onnx'), buildShortcutModel())
}, 60_000)
afterAll(() => folder[Symbol.dispose]())

it(
  'a planted shortcut shows in the maps of the groups, where each group has it',
  { timeout: 180_000 },
  async () => {
    const { states, maps } = unpackOutcome(
      alignedImages,
      await alignImages({
        onnxFile: join(folder.path, 'shortcut.onnx'),
        sha256: null,
        codec: 'sharp',
        threads: 1,
        images,
        tasks: ['gender'],
      }),
    )
    expect([...states.subarray(2 * perGroup)]).toEqual([alignedState.noFace, alignedState.unreadable])
    const found = [...states.subarray(0, 2 * perGroup).keys()].filter(
      (at) => states[at] === alignedState.aligned,
    )
    expect(found.length).toBeGreaterThanOrEqual(2 * perGroup - 2)
    const groups = Int32Array.from(images.keys(), (at) =>
      states[at] === alignedState.aligned ? (at < perGroup ? 0 : 1) : -1,
    )
    const people = Int32Array.from(images.keys())
    const aligned = { maps, cells, groups, names: ['left', 'right'], people, isKnown: people.map(() => 1) }
    const compared = unpackOutcome(comparedMaps, await compareGroups({ aligned, draws: 300, seed: 1 }))
    expect(compared.isTested).toBe(true)
    const [left] = compared.groups
    const difference = (left?.difference ?? []).map((value) => value ?? 0)
    const place = (cell: number) => ({
      x: ((cell % frameCells) + 0.5) / frameCells,
      y: (Math.floor(cell / frameCells) + 0.5) / frameCells,
    })
    const most = difference.indexOf(Math.max(...difference))
    const least = difference.indexOf(Math.min(...difference))
    expect(place(most).x).toBeLessThan(0.35)
    expect(place(least).x).toBeGreaterThan(0.65)
    for (const cell of [most, least]) {
      expect(place(cell).y).toBeLessThan(0.4)
      expect(left?.p?.[cell]).toBeLessThan(0.01)
    }
    const mean = (left?.mean ?? []).map((value) => value ?? 0)
    expect(place(mean.indexOf(Math.max(...mean))).x).toBeLessThan(0.35)
  },
)
