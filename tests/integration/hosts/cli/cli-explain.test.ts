import { readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, it } from 'vitest'
import * as z from 'zod'
import { createRandom } from '#engine/base/kernel/random.ts'
import { callCommand } from '../../../fixtures/call-command.ts'
import { makeTemporaryFolder } from '../../../fixtures/folders.ts'
import { drawGroup } from '../../../fixtures/drawn-faces.ts'
import { buildShortcutModel, drawShortcutPicture, shortcutSide } from '../../../fixtures/shortcut-model.ts'

/** Three faces, counted from the left. */
const group = {
  width: 640,
  height: 400,
  faces: [
    { x: 440, y: 50, side: 170 },
    { x: 40, y: 60, side: 180 },
    { x: 250, y: 110, side: 150 },
  ],
}

const crowd = {
  width: 980,
  height: 780,
  faces: Array.from({ length: 30 }, (_, at) => ({
    x: 20 + (at % 6) * 160,
    y: 10 + Math.floor(at / 6) * 150,
    side: 130,
  })),
}

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
  await writeFile(file('group.png'), await drawGroup(group))
  await writeFile(file('thirty.png'), await drawGroup(crowd))
  const portrait = sharp(data, { raw })
  await portrait.clone().avif().toFile(file('portrait.avif'))
  await portrait.clone().toColourspace('cmyk').jpeg().toFile(file('cmyk.jpg'))
  const heic = Buffer.alloc(64)
  heic.write('ftypheic', 4)
  heic.writeUInt32BE(24, 0)
  await writeFile(file('phone.heic'), heic)
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

const predictions = z.array(
  z.object({
    faces: z.array(
      z.object({
        box: z.object({ x: z.number(), width: z.number() }),
        cut: z.object({ x: z.int(), y: z.int(), width: z.int(), height: z.int() }).optional(),
        gender: z.object({ label: z.string(), probabilities: z.record(z.string(), z.number()) }),
      }),
    ),
    warning: z.string().optional(),
  }),
)

const predict = async (...files: string[]) => {
  const { code, stdout } = await callCommand(['predict', '--model', 'shortcut.onnx', '--json', ...files], {
    userDataFolder: join(folder.path, 'home'),
    workingFolder: folder.path,
  })
  expect(code).toBe(0)
  return predictions.parse(JSON.parse(stdout))
}

it('answers every face of a group for itself, as the picture that is cut out around it', async () => {
  const [asked] = await predict('--faces', 'each', 'group.png')
  const faces = asked?.faces ?? []
  expect(faces).toHaveLength(3)
  const middles = faces.map(({ box }) => box.x + box.width / 2)
  expect(middles).toEqual(middles.toSorted((a, b) => a - b))
  for (const [at, { cut, gender }] of faces.entries()) {
    if (cut === undefined) throw new Error('A face was not cut out')
    const { x: left, y: top, width, height } = cut
    const alone = `face-${at}.png`
    const cutOutBytes = await sharp(readFileSync(join(folder.path, 'group.png')))
      .extract({ left, top, width, height })
      .png()
      .toBuffer()
    await writeFile(join(folder.path, alone), cutOutBytes)
    const [cutOut] = await predict(alone)
    expect(cutOut?.faces[0]?.gender).toEqual(gender)
  }
  const [whole] = await predict('group.png')
  expect(whole?.faces).toHaveLength(1)
  expect(whole?.faces[0]?.cut).toBeUndefined()
})

it('says of a picture without a face that it answers to the whole, and finds most of thirty faces', async () => {
  const [none, many] = await predict('--faces', 'each', 'picture.png', 'thirty.png')
  expect(none?.faces).toHaveLength(1)
  expect(none?.warning).toContain('No face was found')
  expect(many?.faces.length).toBeGreaterThan(24)
})

it('explains the face that is named, as the picture that is cut out around it', async () => {
  const flags = ['--method', 'occlusion', '--no-checks', '--task', 'gender', '--json']
  const told = z.object({
    weights: z.array(z.number()),
    notes: z.array(z.string()),
    recipe: z.object({ face: z.int().nullable() }),
  })
  const second = await explain('--image', 'group.png', '--face', '2', ...flags)
  expect(second.code).toBe(0)
  const { weights, notes, recipe } = told.parse(JSON.parse(second.stdout))
  expect(notes.join()).toContain('Face 2 of 3 from the left')
  expect(recipe.face).toBe(2)
  const alone = await explain('--image', 'face-1.png', ...flags)
  expect(told.parse(JSON.parse(alone.stdout)).weights).toEqual(weights)
  const missing = await explain('--image', 'group.png', '--face', '4', ...flags)
  expect(missing.code).not.toBe(0)
  expect(missing.stderr).toContain('there is no face 4')
  const faceless = await explain('--image', 'picture.png', '--face', '1', ...flags)
  expect(faceless.stderr).toContain('No face was found in the picture')
})

it.each(['portrait.avif', 'cmyk.jpg'])('takes %s as any other picture', async (image) => {
  const { code, stdout } = await explain('--image', image, '--method', 'cam', '--no-checks', '--json')
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toHaveLength(2)
})

it.each([
  ['phone.heic', 'HEIC'],
  ['one-pixel.png', 'too few to explain an answer by'],
  ['huge.png', 'megapixels'],
  ['paper.pdf', 'PDF'],
  ['away.png', 'away.png'],
])('says plainly what is wrong with %s', async (image, words) => {
  const { code, stderr } = await explain('--image', image)
  expect(code).not.toBe(0)
  expect(stderr).toContain(words)
})

it('reads the flags of average maps that the command above has too', async () => {
  const { code, stderr } = await callCommand(['explain', 'groups', '--seed', '-1', '--out', ''], {
    userDataFolder: join(folder.path, 'home'),
    workingFolder: folder.path,
  })
  expect(code).toBe(2)
  expect(stderr).toContain('seed')
  expect(stderr).toContain('out')
})
