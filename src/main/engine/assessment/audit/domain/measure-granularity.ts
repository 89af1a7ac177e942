import type { DatasetAudit } from '#shared/contract/audit.contract.ts'
import { scaleEstimate } from '#shared/domain/format.ts'
import { estimateProportion } from '#shared/domain/intervals.ts'
import type { AuditedDataset, AuditedImage } from './audited-image.ts'
import { labelOf, listLabels } from './measure-parity.ts'
import { estimateComposition } from './estimate-composition.ts'

type Granularity = DatasetAudit['granularity']
type Agreement = Granularity['agreement'][number]

const tasks = ['race', 'gender', 'age'] as const

/** Ages that Whipple's index looks at, in years: four decades that begin and end between two rounded ages. */
const heaping = { from: 23, to: 62 } as const

/**
 * Whipple's index of ages that end in 0 or 5: 100 where nobody rounds, 500 where everybody does (United Nations 1955,
 * Methods of Appraisal of Quality of Basic Data for Population Estimates).
 */
function measureHeaping({ images, people }: AuditedDataset): Granularity['heaping'] {
  const isAsked = ({ ageYears }: AuditedImage): boolean =>
    ageYears !== null && ageYears >= heaping.from && ageYears < heaping.to + 1
  const indices = Int32Array.from(images, (image) =>
    isAsked(image) ? Number(Math.floor(image.ageYears ?? 1) % 5 === 0) : -1,
  )
  const { n, shares } = estimateComposition(indices, people, 2)
  const rounded = shares[1]
  if (n === 0 || rounded === undefined) return null
  return scaleEstimate({ ...rounded, n }, 500)
}

/**
 * Of sets of images that should be labelled alike, the share that is. Age is only asked of copies, since people age.
 * @param keyOf what the images of a set have in common; null for those of none
 */
function measureAgreement(
  dataset: AuditedDataset,
  {
    kind,
    keyOf,
  }: { readonly kind: Agreement['kind']; readonly keyOf: (index: number) => string | number | null },
): Agreement[] {
  return tasks
    .filter((task) => kind === 'copies' || task !== 'age')
    .map((task) => {
      const labels = new Map<string | number, { first: string; n: number; isAlike: boolean }>()
      dataset.images.forEach((image, index) => {
        const label =
          task === 'age' && image.ageYears !== null ? String(image.ageYears) : labelOf[task](image)
        const key = keyOf(index)
        if (label === null || key === null) return
        const set = labels.get(key)
        if (set === undefined) labels.set(key, { first: label, n: 1, isAlike: true })
        else {
          set.n += 1
          set.isAlike &&= set.first === label
        }
      })
      const several = [...labels.values()].filter(({ n }) => n > 1)
      const alike = several.filter(({ isAlike }) => isAlike).length
      return { kind, task, alike: estimateProportion(alike, several.length) }
    })
}

/** How fine and how sure the labels are. */
export function measureGranularity(dataset: AuditedDataset): Granularity {
  const { images, people, isKnown } = dataset
  const labels = listLabels(dataset)
  const years = images.filter(({ ageYears }) => ageYears !== null)
  return {
    labels: tasks.map((task) => {
      const labelled = images.filter((image) => labelOf[task](image) !== null)
      const used = new Set(labelled.map((image) => labelOf[task](image)))
      return {
        task,
        classes: labels[task].length,
        used: labels[task].filter((label) => used.has(label)).length,
        missing: estimateProportion(images.length - labelled.length, images.length),
      }
    }),
    exactYears: estimateProportion(years.length, images.length),
    distinctYears: new Set(years.map(({ ageYears }) => Math.floor(ageYears ?? 0))).size,
    heaping: measureHeaping(dataset),
    agreement: [
      ...measureAgreement(dataset, { kind: 'copies', keyOf: (index) => images[index]?.pixelSha256 ?? '' }),
      ...measureAgreement(dataset, {
        kind: 'people',
        keyOf: (index) => (isKnown[index] === true ? (people[index] ?? null) : null),
      }),
    ],
  }
}
