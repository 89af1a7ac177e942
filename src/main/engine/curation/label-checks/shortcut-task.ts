import * as z from 'zod'
import { shortcutReport, type ShortcutReport } from '#shared/contract/shortcut.contract.ts'
import { tasks, type Task } from '#shared/domain/tasks.ts'
import { createRandom } from '#engine/base/kernel/random.ts'
import { predictFromProperties } from '#engine/curation/label-checks/domain/shortcuts.ts'
import type { CurrentLabels, LabelSourceRepo } from './label-source.repo.ts'
import { createFoldPlanner, embeddingFolds } from './predict-by-embeddings.ts'
import type { ImageProperties, ShortcutSourceRepo } from './shortcut-source.repo.ts'

export const shortcutTask = z.object({
  /** Path of the catalogue's database file. */
  catalogue: z.string(),
  seed: z.int(),
})
export type ShortcutTaskInput = z.infer<typeof shortcutTask>
export const shortcutAnswer = shortcutReport.pick({ tasks: true })
export const shortcutProgress = z.object({ done: z.int(), total: z.int() })

/** A seeded sample of more images tells no more. */
const mostImages = 10_000
/** A label with fewer images is left out. */
const fewestOfLabel = 20
const riskAboveChance = 0.1
const shownProperties = 10

interface ShortcutDeps {
  readonly labels: LabelSourceRepo
  readonly properties: ShortcutSourceRepo
  readonly report: (progress: z.infer<typeof shortcutProgress>) => void
  readonly throwIfCancelled: () => void
}

/** Sizes by their logarithm, as they spread over decades. */
function listProperties({ width, height, bytes, measures }: ImageProperties): Map<string, number> {
  const own = new Map<string, number>([
    ['width', Math.log(width)],
    ['height', Math.log(height)],
    ['bytes', Math.log(bytes)],
  ])
  for (const [name, value] of Object.entries(measures)) if (typeof value === 'number') own.set(name, value)
  return own
}

interface PropertyTable {
  readonly imageIds: Float64Array
  readonly names: readonly string[]
  readonly rows: readonly Map<string, number>[]
}

function readTable(all: readonly ImageProperties[], seed: number): PropertyTable {
  const order = createRandom(seed, ['shortcuts']).shuffle(Int32Array.from(all, (_, at) => at))
  const images = [...order.slice(0, mostImages).sort()].flatMap((at) => all[at] ?? [])
  const rows = images.map(listProperties)
  return {
    imageIds: Float64Array.from(images, ({ imageId }) => imageId),
    names: [...new Set(rows.flatMap((row) => [...row.keys()]))].sort(),
    rows,
  }
}

const labelOf = (labels: CurrentLabels | undefined, task: Task): string | null =>
  (task === 'age' ? labels?.ageBin : labels?.[task]) ?? null

/** Throws CANCELLED. */
export function runShortcuts(
  { seed }: ShortcutTaskInput,
  { labels: labelRepo, properties, report, throwIfCancelled }: ShortcutDeps,
): Pick<ShortcutReport, 'tasks'> {
  const labels = labelRepo.readLabels()
  const known = properties.readProperties().filter(({ imageId }) => labels.has(imageId))
  const table = readTable(known, seed)
  const grouping = labelRepo.readGrouping()
  const folds = createFoldPlanner(seed)
  const total = tasks.length * (table.names.length + 1)
  let done = 0
  const judge = (task: Task): ShortcutReport['tasks'] => {
    const given = Array.from(table.imageIds, (id) => labelOf(labels.get(id), task))
    const counts = new Map<string, number>()
    for (const label of given) if (label !== null) counts.set(label, (counts.get(label) ?? 0) + 1)
    const classes = [...counts].filter(([, count]) => count >= fewestOfLabel).map(([label]) => label).sort() // prettier-ignore
    const kept = given.flatMap((label, at) => (label !== null && classes.includes(label) ? [at] : []))
    const imageIds = Float64Array.from(kept, (at) => table.imageIds[at] ?? 0)
    const foldOf = classes.length < 2 ? null : folds.plan(imageIds, { labels, grouping })
    if (foldOf === null) return []
    const shortcut = {
      properties: {
        dimensions: table.names.length,
        values: Float32Array.from(
          kept.flatMap((at) => table.names.map((name) => table.rows[at]?.get(name) ?? NaN)),
        ),
      },
      labels: Int32Array.from(kept, (at) => classes.indexOf(given[at] ?? '')),
      classes: classes.length,
      foldOf,
      folds: embeddingFolds,
      onStep: throwIfCancelled,
    }
    const predict = (chosen: readonly number[]) => {
      const accuracy = predictFromProperties(shortcut, chosen)
      report({ done: ++done, total })
      return accuracy
    }
    const together = predict(table.names.map((_, at) => at))
    const alone = table.names.map((name, at) => ({ name, accuracy: predict([at]) }))
    const chance = 1 / classes.length
    return [
      {
        task,
        images: kept.length,
        labels: classes,
        chance,
        together,
        isRisk: (together.low ?? 0) > chance + riskAboveChance,
        properties: alone
          .sort((a, b) => (b.accuracy.value ?? 0) - (a.accuracy.value ?? 0))
          .slice(0, shownProperties),
      },
    ]
  }
  return { tasks: tasks.flatMap(judge) }
}
