import { readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, it } from 'vitest'
import * as z from 'zod'
import { createRandom } from '#engine/base/kernel/random.ts'
import { callCommand } from '../../../fixtures/call-command.ts'
import { makeTemporaryFolder } from '../../../fixtures/folders.ts'
import { buildShortcutModel, drawShortcutPicture, shortcutSide } from '../../../fixtures/shortcut-model.ts'

const folder = makeTemporaryFolder()
afterAll(() => folder[Symbol.dispose]())

beforeAll(async () => {
  const random = createRandom(5)
  const { data } = drawShortcutPicture(() => random.float())
  const raw = { width: shortcutSide, height: shortcutSide, channels: 3 } as const
  const file = (name: string): string => join(folder.path, name)
  await writeFile(file('shortcut.onnx'), buildShortcutModel())
  await sharp(data, { raw }).png().toFile(file('picture.png'))
  await sharp(data, { raw }).resize(1, 1).png().toFile(file('one-pixel.png'))
  await writeFile(file('paper.pdf'), '%PDF-1.7\n%âãÏÓ\n1 0 obj\n<<>>\nendobj\n')
  await sharp({ create: { width: 10_001, height: 10_000, channels: 3, background: '#888' } })
    .png()
    .toFile(file('huge.png'))
})

const explain = (...flags: string[]) =>
  callCommand(['explain', '--model', 'shortcut.onnx', ...flags], {
    userDataFolder: join(folder.path, 'home'),
    workingFolder: folder.path,
  })

const answers = z.array(
  z.object({
    task: z.string(),
    label: z.string(),
    segments: z.int(),
    weights: z.array(z.number()),
    r2: z.number().nullable(),
    checks: z.null(),
    notes: z.array(z.string()),
    files: z.object({ map: z.string(), overlay: z.string(), json: z.string() }),
  }),
)

it('explains all tasks of a picture, and writes pictures and a recipe that makes the same file again', async () => {
  const flags = ['--image', 'picture.png', '--segments', 'slic', '--samples', '100', '--no-checks', '--json']
  const first = await explain(...flags, '--out', 'first')
  expect(first.code).toBe(0)
  const told = answers.parse(JSON.parse(first.stdout))
  expect(told.map(({ task, label }) => [task, label])).toEqual([
    ['age', 'years'],
    ['gender', 'Female'],
  ])
  for (const { segments, weights, notes } of told) {
    expect(weights).toHaveLength(segments)
    expect(notes.join()).toContain('No face was found')
  }
  await explain(...flags, '--out', 'again')
  const other = await explain(...flags, '--seed', '1', '--out', 'again')
  expect(other.code).toBe(0)
  const names = readdirSync(join(folder.path, 'first'))
  expect(names.map((name) => name.replace(/^[0-9a-f]{12}-lime-[0-9a-f]{8}/, '')).toSorted()).toEqual([
    '-age.png',
    '-age.svg',
    '-gender.png',
    '-gender.svg',
    '.json',
  ])
  for (const name of names)
    expect(readFileSync(join(folder.path, 'again', name))).toEqual(
      readFileSync(join(folder.path, 'first', name)),
    )
  const recipe = z
    .object({ settings: z.record(z.string(), z.unknown()), model: z.object({ sha256: z.string() }) })
    .parse(JSON.parse(readFileSync(told[0]?.files.json ?? '', 'utf8')))
  expect(recipe.settings).toMatchObject({ method: 'lime', segments: 'slic', samples: 100, seed: 0 })
})

it.each([
  ['one-pixel.png', 'too few to explain an answer by'],
  ['huge.png', 'megapixels'],
  ['paper.pdf', 'PDF'],
  ['away.png', 'away.png'],
])('says plainly what is wrong with %s', async (image, words) => {
  const { code, stderr } = await explain('--image', image)
  expect(code).not.toBe(0)
  expect(stderr).toContain(words)
})
