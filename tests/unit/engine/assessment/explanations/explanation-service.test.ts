import { expect, it } from 'vitest'
import { imageId, sha256 } from '#shared/contract/base.contract.ts'
import { explanationSettings, type ExplainedPicture } from '#shared/contract/explanation.contract.ts'
import { ExplanationService } from '#engine/assessment/explanations/explanation.service.ts'

it('what is erased is no longer explained, nor what may be the same picture', async () => {
  const service = new ExplanationService({
    pictures: { read: () => Promise.resolve({ picture: Uint8Array.of(1), fileSha256: 'a'.repeat(64) }) },
    logger: {} as never,
    serving: {
      explainer: {},
      devices: {},
      requireProject: () => ({ models: { findNewest: () => undefined } }),
      findProject: () => null,
      now: () => 0,
    } as never,
  })
  const settings = explanationSettings.parse({})
  const begin = async (of: ExplainedPicture) => (await service.start({ of, settings })).explanationId
  const erased = await begin({ imageId: imageId.parse(1) })
  const other = await begin({ imageId: imageId.parse(2) })
  const dropped = await begin({ picture: sha256.parse('b'.repeat(64)) })
  service.forgetErased(new Set([1]))
  for (const id of [erased, dropped]) expect(() => service.read(id)).toThrow('no longer remembered')
  expect(service.read(other)).toMatchObject({ of: { imageId: 2 } })
})
