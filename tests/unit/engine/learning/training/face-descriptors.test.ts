import { expect, it } from 'vitest'
import { imageId } from '#shared/contract/base.contract.ts'
import { packVector } from '#engine/base/kernel/vector-bytes.ts'
import { cropSource } from '#engine/networks/faces/crop-face.ts'
import { descriptorSize } from '#engine/networks/architecture/face-resnet.ts'
import { FaceDescriptorService } from '#engine/learning/training/face-descriptors.service.ts'

const pixelSha256 = 'a'.repeat(64)
const images = Array.from({ length: 9 }, (_, at) => ({
  imageId: imageId.parse(at + 1),
  groupKey: String(at),
  file: `/pictures/${at + 1}.png`,
  fileSha256: 'b'.repeat(64),
  pixelSha256,
  scheme: 'fairface7' as const,
  race: null,
  gender: null,
  ageBin: null,
  ageYears: null,
}))

/** A scan that has described the images `seen`, and found no face in the last of them. */
const openService = (seen: readonly number[], { isSynthetic = false } = {}) =>
  new FaceDescriptorService({
    isSynthetic,
    repo: {
      findSource: () => cropSource,
      list: ({ after }) =>
        seen
          .filter((id) => id > after)
          .map((id) => ({
            imageId: imageId.parse(id),
            pixelSha256,
            vector:
              id === seen.at(-1)
                ? null
                : new Uint8Array(packVector(new Float32Array(descriptorSize).fill(id))),
          })),
    },
  })

it('tells described images from those without a face', async () => {
  const { kept, withoutFace, descriptors } = await openService([1, 2, 3]).describe(images.slice(0, 3))
  expect(kept).toEqual(images.slice(0, 2))
  expect(withoutFace).toEqual([images[2]])
  expect(descriptors[0]).toBe(1)
  expect(descriptors.at(-1)).toBe(2)
})

it('names the first files that no scan has described, and says that it may have been unable to read them', async () => {
  await expect(openService([1, 2]).describe(images)).rejects.toMatchObject({
    code: 'PRECONDITION',
    message: expect.stringMatching(
      /^7 of 9 images .*: \/pictures\/3\.png, .*, \/pictures\/7\.png and 2 more\. Scan the images .* A file that a scan passed over could not be read/,
    ),
  })
  await expect(openService([1, 2]).describe(images.slice(0, 3))).rejects.toMatchObject({
    message: expect.stringContaining('/pictures/3.png. Scan'),
  })
})

it('refuses drawings, in which no scan looks for faces, without asking for a scan', async () => {
  await expect(openService([], { isSynthetic: true }).describe(images)).rejects.toMatchObject({
    code: 'PRECONDITION',
    message: expect.stringMatching(/^The pictures of this project are generated drawings;(?!.*[Ss]can)/),
  })
})
