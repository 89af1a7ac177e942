import * as z from 'zod'
import type { NetworkName } from '#shared/contract/baseline.contract.ts'
import type { ImageCodecName } from '#engine/base/media/image-codec.ts'
import type { ImportedImage } from '#engine/base/media/read-imported-image.ts'

/** What the attributes worker is asked. */
export interface AskNetworkTask {
  readonly network: NetworkName
  /** Of the files of a network that does not come with Evenhand. */
  readonly folder: string | null
  readonly codec: ImageCodecName
  readonly threads: number
  readonly images: readonly ImportedImage[]
}

export const askedImages = z.array(
  z.discriminatedUnion('outcome', [
    z.object({
      outcome: z.literal('answered'),
      race: z.string().nullable(),
      gender: z.string().nullable(),
      age: z.string().nullable(),
      faces: z.int().positive(),
    }),
    z.object({ outcome: z.literal('undetected') }),
    /** Its file cannot be read. */
    z.object({ outcome: z.literal('notAsked'), reason: z.string() }),
  ]),
)
export type AskedImage = z.infer<typeof askedImages>[number]

export const openedNetwork = z.object({ sha256: z.string() })
