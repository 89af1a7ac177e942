import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { explanationSettings, type ExplanationSettings } from '#shared/contract/explanation.contract.ts'
import { createRandom } from '#engine/base/kernel/random.ts'
import { Asker } from '#engine/assessment/explanations/asker.ts'
import { noteEven, randomMapRefusal } from '#engine/assessment/explanations/check-maps.ts'
import { chooseTargets } from '#engine/assessment/explanations/domain/targets.ts'
import { explainPicture, type Draft } from '#engine/assessment/explanations/explain-picture.ts'
import { toPlanar, type Seen } from '#engine/assessment/explanations/make-maps.ts'
import { ExplainedNetwork } from '#engine/networks/inference/explained-network.ts'
import { makeTemporaryFolder } from '../../../../fixtures/folders.ts'
import { createSharedRuntime } from '../../../../fixtures/shared-runtime.ts'
import {
  buildShortcutModel,
  cornerSide,
  drawShortcutPicture,
  shortcutSide,
} from '../../../../fixtures/shortcut-model.ts'

const random = createRandom(5)
const picture = drawShortcutPicture(() => random.float())
const seen: Seen = { tensor: toPlanar(picture.data), size: shortcutSide, points: null }

let network: ExplainedNetwork
let blind: ExplainedNetwork
let bright: ExplainedNetwork

beforeAll(async () => {
  using folder = makeTemporaryFolder()
  const open = async (name: string, bytes: Uint8Array) => {
    const onnxFile = join(folder.path, name)
    await writeFile(onnxFile, bytes)
    return ExplainedNetwork.open({ onnxFile, sha256: null }, { runtime: createSharedRuntime(), threads: 1 })
  }
  network = await open('shortcut.onnx', buildShortcutModel())
  blind = await open('blind.onnx', buildShortcutModel('nothing'))
  bright = await open('bright.onnx', buildShortcutModel('everything'))
})
afterAll(async () => {
  await network[Symbol.asyncDispose]()
  await blind[Symbol.asyncDispose]()
  await bright[Symbol.asyncDispose]()
})

interface Run {
  readonly by?: ExplainedNetwork
  readonly cancelAfter?: number
  readonly onShow?: (draft: Draft) => void
}

async function explain(
  settings: Partial<ExplanationSettings>,
  { by = network, cancelAfter, onShow }: Run = {},
) {
  const { metadata } = by
  const heads = await by.run(Float32Array.from(seen.tensor), 1)
  const { labels, ageReadOut } = metadata
  const targets = chooseTargets({ heads, labels, ageReadOut, wanted: settings.labels ?? {} })
  let asked = 0
  const asker = new Asker(by, targets, {
    throwIfCancelled: () => {
      if (cancelAfter !== undefined && asked >= cancelAfter) throw new Error('cancelled by the test')
    },
    count: (pictures) => void (asked += pictures),
  })
  const draft = await explainPicture({
    network: by,
    asker,
    settings: explanationSettings.parse({
      samples: 300,
      segments: 'slic',
      fill: 'training-mean',
      ...settings,
    }),
    seen,
    begin: () => undefined,
    show: async (one) => onShow?.(one),
  })
  return { draft, targets, asked }
}

/** Where the region lies that counts most: the middle of its pixels. */
function findStrongest({ cut }: Draft, weights: Float64Array) {
  const strongest = weights.indexOf(Math.max(...weights))
  const pixels = [...cut.segments.labels.keys()].filter((at) => cut.segments.labels[at] === strongest)
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  return {
    x: mean(pixels.map((at) => at % shortcutSide)),
    y: mean(pixels.map((at) => Math.floor(at / shortcutSide))),
  }
}

describe('a planted shortcut', () => {
  it.each(['lime', 'cam', 'gradcam', 'occlusion'] as const)(
    'ranks first by %s, of each task its own corner, and the map holds against chance',
    async (method) => {
      const { draft, targets } = await explain({ method })
      expect(targets.map(({ task, kind, label }) => [task, kind, label])).toEqual([
        ['age', 'years', 'years'],
        ['gender', 'probability', 'Female'],
      ])
      const [age, gender] = draft.maps
      if (age === undefined || gender === undefined) throw new Error('A map is missing')
      const red = findStrongest(draft, gender.weights)
      expect(Math.max(red.x, red.y)).toBeLessThan(cornerSide)
      const blue = findStrongest(draft, age.weights)
      expect(Math.min(blue.x, blue.y)).toBeGreaterThan(shortcutSide - 1 - cornerSide)
      for (const { checks } of [age, gender]) {
        expect(checks?.flipping.p).toBeLessThan(0.05)
        expect(checks?.refusal).toBeNull()
        // One that answers nothing at all draws a map without differences.
        expect(checks?.randomised.correlation ?? 0).toBeLessThan(0.5)
      }
    },
  )

  it('is refused where the network asks for nothing that it sees', async () => {
    for (const method of ['lime', 'cam', 'occlusion'] as const) {
      const { draft } = await explain({ method }, { by: blind })
      for (const { checks } of draft.maps) expect(checks?.refusal).toContain(randomMapRefusal)
    }
  })
})

describe('LIME', () => {
  it('gives the same bits for the same seed, others for another', async () => {
    const settings = { checks: false, samples: 200 } as const
    const first = await explain({ ...settings, seed: 3 })
    const again = await explain({ ...settings, seed: 3 })
    const other = await explain({ ...settings, seed: 4 })
    expect(again.draft.maps).toEqual(first.draft.maps)
    expect(other.draft.maps).not.toEqual(first.draft.maps)
    expect(first.draft.maps[0]?.r2).toBeGreaterThan(0.5)
  })

  it('shows a first map after 64 samples and better ones after that', async () => {
    const shown: number[] = []
    await explain({ checks: false, samples: 300 }, { onShow: ({ samples }) => void shown.push(samples) })
    expect(shown).toEqual([64, 128, 256, 300])
  })

  it('asks about no more samples than it was told to, once for all tasks', async () => {
    expect((await explain({ checks: false, samples: 200 })).asked).toBe(200)
  })

  it('doubles its samples until three seeds agree', async () => {
    const settings = { samples: 16, untilStable: true, checks: false } as const
    const shown: Draft[] = []
    const { draft } = await explain(settings, { by: bright, onShow: (one) => void shown.push(one) })
    expect(draft.samples).toBeGreaterThan(16)
    expect(draft.maps[0]?.stability).toBeGreaterThanOrEqual(0.9)
    expect(draft.maps[0]?.r2).toBeGreaterThan(0.95)
    expect(shown[1]?.maps[0]?.stability).toBeLessThan(0.9)
  })

  it('says which regions look hidden as they look shown, where it cannot see the shortcut', async () => {
    const { draft } = await explain({ checks: false, samples: 64, fill: 'mean' })
    expect(draft.notes.join()).toContain('being of one colour')
    const { draft: other } = await explain({ checks: false, samples: 64, fill: 'blur' })
    expect(other.notes).toEqual([])
  })

  it('stops between two batches when it is cancelled, and has shown its map so far', async () => {
    const shown: Draft[] = []
    const run = explain({ samples: 1000 }, { cancelAfter: 128, onShow: (draft) => void shown.push(draft) })
    await expect(run).rejects.toThrow('cancelled by the test')
    expect(shown.map(({ samples }) => samples)).toEqual([64, 128])
  })

  it('wants a face for regions by landmarks', async () => {
    await expect(explain({ segments: 'landmarks' })).rejects.toThrow('No face was found')
  })

  it('explains the label that was asked for, and names those that there are', async () => {
    const { targets } = await explain({ samples: 32, checks: false, labels: { gender: 'Male' } })
    expect(targets.find(({ task }) => task === 'gender')?.label).toBe('Male')
    await expect(explain({ labels: { gender: 'Men' } })).rejects.toThrow('It knows Male, Female.')
  })
})

describe('class activation', () => {
  it('averages to the head’s own number, biases aside', async () => {
    const { draft } = await explain({ method: 'cam', checks: false })
    const heads = await network.run(Float32Array.from(seen.tensor), 1)
    const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length
    const [age, gender] = draft.maps
    expect(mean(age?.weights ?? new Float64Array()) + 20).toBeCloseTo(heads.get('age')?.[0] ?? 0, 3)
    expect(mean(gender?.weights ?? new Float64Array()) - 1).toBeCloseTo(heads.get('gender')?.[1] ?? 0, 3)
  })

  it('is said to tell nothing where it is of one colour', async () => {
    const { draft } = await explain({ method: 'cam', checks: false })
    expect(noteEven(draft.maps)).toEqual([])
    const { draft: even } = await explain({ method: 'cam', checks: false }, { by: blind })
    expect(noteEven(even.maps)).toEqual([expect.stringContaining('says nothing')])
  })

  it('is what Grad-CAM shows, over its size and without what speaks against', async () => {
    const { draft: cam } = await explain({ method: 'cam', checks: false })
    const { draft: gradients } = await explain({ method: 'gradcam', checks: false })
    cam.maps.forEach(({ weights }, at) =>
      weights.forEach((value, cell) =>
        expect(gradients.maps[at]?.weights[cell]).toBeCloseTo(Math.max(0, value) / weights.length, 10),
      ),
    )
  })
})
