import * as z from 'zod'
import { imageId, sha256, type ImageId } from '#shared/contract/base.contract.ts'
import { labelSchemeNames } from '#shared/domain/label-schemes.ts'
import { booleanColumn, createRowDecoder } from '#engine/base/db/row-decoder.ts'
import { pageInTurns } from '#engine/base/kernel/in-turns.ts'
import { locateFile } from '#engine/data/catalogue/locate-file.ts'
import type { LabelledImage } from '#engine/networks/architecture/model-labels.ts'

/** One image of a sealed list: its labels there, and where its file lies. */
export interface MemberImage extends LabelledImage {
  readonly imageId: ImageId
  readonly groupKey: string
  readonly file: string
  readonly fileSha256: string
  readonly pixelSha256: string
}

/** What is read of a split's members, `m`, joined by `memberJoins`. */
export const memberColumns = `m.image_id, m.group_key, m.race, m.gender, m.age_bin, m.age_years, s.label_scheme AS scheme,
              i.path, i.file_sha256, i.pixel_sha256, r.path AS root_path, r.is_inside_project`

export const memberJoins = `JOIN split s ON s.id = m.split_id
       JOIN image i ON i.id = m.image_id
       JOIN dataset d ON d.id = i.dataset_id
       JOIN root r ON r.id = d.root_id`

export const decodeMember = createRowDecoder({
  imageId,
  groupKey: z.string(),
  race: z.string().nullable(),
  gender: z.string().nullable(),
  ageBin: z.string().nullable(),
  ageYears: z.number().nullable(),
  scheme: z.enum(labelSchemeNames),
  path: z.string(),
  fileSha256: sha256,
  pixelSha256: sha256,
  rootPath: z.string(),
  isInsideProject: booleanColumn,
})
export type MemberRow = ReturnType<typeof decodeMember>

/** Keeps each statement below 20 ms on the engine's thread. */
const imagesPerPage = 2000

/** All members that a query gives, page by page in the order of their ids. */
export async function readMembers(
  read: (page: { readonly after: number; readonly limit: number }) => readonly MemberRow[],
  { projectFolder, signal }: { readonly projectFolder: string; readonly signal?: AbortSignal | undefined },
): Promise<MemberImage[]> {
  const images: MemberImage[] = []
  for await (const page of pageInTurns(read, { limit: imagesPerPage, signal })) {
    for (const { path, rootPath, isInsideProject, ...member } of page) {
      images.push({ ...member, file: locateFile({ path, rootPath, isInsideProject }, projectFolder) })
    }
  }
  return images
}
