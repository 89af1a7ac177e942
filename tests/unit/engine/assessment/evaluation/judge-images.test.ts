import { describe, expect, it } from 'vitest'
import { imageId } from '#shared/contract/base.contract.ts'
import { labelSchemes, type LabelScheme } from '#shared/domain/label-schemes.ts'
import { judgeImages } from '#engine/assessment/evaluation/judge-images.ts'
import { listSchemeLabels } from '#engine/networks/architecture/model-labels.ts'

const image = (id: number, part: { scheme: LabelScheme; race: string; ageYears?: number }) => ({
  imageId: imageId.parse(id),
  groupKey: String(id),
  gender: 'Female',
  ageBin: '30-39',
  ageYears: null,
  file: '',
  fileSha256: '',
  pixelSha256: '',
  ...part,
})
const images = [
  image(1, { scheme: 'utkface5', race: 'Asian' }),
  image(2, { scheme: 'utkface5', race: 'Indian', ageYears: 31 }),
]
const readFloats = (bytes: Uint8Array) => [...new Float32Array(bytes.buffer)]

describe('answers beside labels', () => {
  it('stand by the groups that the split labels, whatever the model was trained on', () => {
    const labels = { age: null, gender: listSchemeLabels('fairface7').gender, race: null }
    const heads = new Map([['gender', Float32Array.from([0, 1, 2, 0])]] as const)
    const { answers } = judgeImages(images, { labels, ageReadOut: 'class' }, heads)
    const [races] = answers.get('gender')?.groupings ?? []
    expect(races).toEqual({ grouping: 'race', groups: [...labelSchemes.utkface5.race], indices: [2, 3] })
    expect(answers.get('gender')).toMatchObject({ labelled: [1, 1], predicted: [1, 0] })
  })

  it('leave out a race that the model knows no class for', () => {
    const labels = { age: null, gender: null, race: listSchemeLabels('fairface7').race }
    const heads = new Map([['race', new Float32Array(14)]] as const)
    const { answers } = judgeImages(images, { labels, ageReadOut: 'class' }, heads)
    expect(answers.get('race')?.labelled).toEqual([-1, 5])
  })

  it('keep the years, and no probability where the model has none', () => {
    const labels = { ...listSchemeLabels('utkface5'), gender: null, race: null }
    const heads = new Map([['age', Float32Array.from([-1.5, 29.5])]] as const)
    const { answers, predictions } = judgeImages(images, { labels, ageReadOut: 'years' }, heads)
    expect(answers.get('age')).toMatchObject({
      labelled: [4, 4],
      predicted: [0, 3],
      areOrdered: true,
      years: { predicted: [-1.5, 29.5], labelled: [null, 31] },
    })
    expect(predictions).toMatchObject([
      { imageId: 1, task: 'age', labelled: 4, predicted: 0, years: -1.5 },
      { imageId: 2, task: 'age', labelled: 4, predicted: 3, years: 29.5 },
    ])
    expect(predictions.map(({ probabilities }) => readFloats(probabilities))).toEqual([[], []])
  })
})
