import type { AuditMeasure, SkinLeftOut } from '#shared/domain/audit-measures.ts'
import type { LabelScheme } from '#shared/domain/label-schemes.ts'

/** An image as far as an audit looks at it. */
export interface AuditedImage {
  readonly imageId: number
  readonly race: string | null
  readonly gender: string | null
  readonly ageYears: number | null
  readonly ageBin: string | null
  readonly pixelSha256: string
  /** Whether its skin was measured, in coloured light or not, or why it was not. */
  readonly skin: 'measured' | 'coloured' | SkinLeftOut
  /** What was measured, NaN where nothing was. */
  readonly measures: Readonly<Record<AuditMeasure, number>>
}

/** A data set with the images that were not removed from it. */
export interface AuditedDataset {
  readonly datasetId: number
  readonly name: string
  readonly labelScheme: LabelScheme
  readonly removed: number
  readonly images: readonly AuditedImage[]
  /** `[images]` number of the person from 0 on; images of nobody known by their pixels, so that copies count once. */
  readonly people: Int32Array
  /** `[images]` whether somebody says who it shows: the data set, or an inference from faces. */
  readonly isKnown: readonly boolean[]
  /** Images whose person the data set names, whose person was inferred, and of whom nobody is known. */
  readonly known: { readonly dataset: number; readonly inferred: number; readonly unknown: number }
}
