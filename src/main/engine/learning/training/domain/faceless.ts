import { formatCount } from '#shared/domain/format.ts'

interface GroupedImage {
  readonly race: string | null
  readonly gender: string | null
}

/** "White 3 of 1,234 (0.2 %)" for each group that has images, the most burdened first. */
function listShares(
  images: readonly GroupedImage[],
  faceless: ReadonlySet<GroupedImage>,
  grouping: keyof GroupedImage,
): string {
  const groups = new Map<string, { all: number; lost: number }>()
  for (const image of images) {
    const group = image[grouping] ?? 'not labelled'
    const { all, lost } = groups.get(group) ?? { all: 0, lost: 0 }
    groups.set(group, { all: all + 1, lost: lost + (faceless.has(image) ? 1 : 0) })
  }
  return [...groups]
    .sort(([, a], [, b]) => b.lost / b.all - a.lost / a.all)
    .map(
      ([group, { all, lost }]) =>
        `${group} ${formatCount(lost)} of ${formatCount(all)} (${((100 * lost) / all).toFixed(1)} %)`,
    )
    .join(', ')
}

/** How many images have no face that was found, by group, as one sentence; nothing where all have one. */
export function noteFaceless<Image extends GroupedImage>(
  images: readonly Image[],
  faceless: ReadonlySet<GroupedImage>,
  { what, fate }: { readonly what: string; readonly fate: string },
): string[] {
  const lost = images.filter((image) => faceless.has(image)).length
  if (lost === 0) return []
  const by = (['race', 'gender'] as const)
    .map((grouping) => `by ${grouping}: ${listShares(images, faceless, grouping)}`)
    .join('; ')
  return [
    `No face was found in ${formatCount(lost)} of ${formatCount(images.length)} ${what}, ${fate}; ${by}.`,
  ]
}
