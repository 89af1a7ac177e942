import { ageBins } from '#shared/domain/label-schemes.ts'

export interface AgedImage {
  readonly ageBin: string | null
  /** Exact age, whole or fractional; null where only the bin, or nothing, is known. */
  readonly ageYears: number | null
}

/** Somebody is as old as the birthday last had: with a cap of 85, 85.5 years are within it. */
function isAbove({ ageBin, ageYears }: AgedImage, cap: number): boolean {
  if (ageYears !== null) return Math.floor(ageYears) > cap
  const bin = ageBins.find(({ label }) => label === ageBin)
  return bin !== undefined && bin.from > cap
}

/**
 * Leaves out who is older than `cap`: by exact years where they are known, else by a bin that lies wholly above it.
 * Unknown ages stay. No cap leaves nobody out.
 */
export function applyAgeCap<Image extends AgedImage>(
  images: readonly Image[],
  cap: number | null,
): { readonly kept: readonly Image[]; readonly leftOut: number } {
  if (cap === null) return { kept: images, leftOut: 0 }
  const kept = images.filter((image) => !isAbove(image, cap))
  return { kept, leftOut: images.length - kept.length }
}

/** What a reader of the run should know of the cap; nothing where there is none. */
export function noteAgeCap(
  cap: number | null,
  leftOut: { readonly train: number; readonly validation: number },
): string[] {
  if (cap === null) return []
  return [
    `People above ${cap} years are left out: ${leftOut.train} training and ${leftOut.validation} validation images.`,
  ]
}
