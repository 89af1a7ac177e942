import * as z from 'zod'
import { task } from '#shared/contract/base.contract.ts'
import {
  readAction,
  readReason,
  type EffectiveDecision,
  type FileDecision,
  type FileProblem,
  type ReadDecisions,
} from './file-decision.ts'

/** Samples as FiftyOne writes them, with whatever fields a data set has. */
export const fiftyoneDocument = z.object({
  samples: z.array(
    z.looseObject({
      filepath: z.string(),
      tags: z.array(z.string()).nullable().default([]),
      sha256: z.string().nullable().optional(),
    }),
  ),
})
type FiftyoneSample = z.output<typeof fiftyoneDocument>['samples'][number]

/** One label of a sample; detections, masks and lists of labels have other shapes. */
const label = z.union([
  z.object({ _cls: z.literal('Classification'), label: z.string().nullish() }),
  z.object({ _cls: z.literal('Regression'), value: z.number().nullish() }),
])
/** A label has tags of its own in FiftyOne, beside those of its sample. */
const taggedLabel = z.object({ tags: z.array(z.string()) })
/** Every kind of label names its class in FiftyOne. */
const className = z.object({ _cls: z.string() }).transform(({ _cls: name }) => name)

const tagOf = ({ action, reason, task: named, to }: EffectiveDecision): string[] => {
  switch (action) {
    case 'keep':
      return ['kept']
    case 'remove':
      return ['removed', ...(reason === null ? [] : [`removed:${reason}`])]
    case 'suspect':
      return ['identity-suspect']
    case 'relabel':
      return [`${named}:${to ?? ''}`]
    case 'clear-suspect':
    case 'restore':
      return []
    default:
      return action satisfies never
  }
}

/** One sample for each decided image, its decisions as tags. */
export function writeFiftyone(decisions: readonly EffectiveDecision[]): string {
  const byFile = Map.groupBy(decisions, ({ file }) => file)
  const samples = [...byFile].map(([filepath, ofImage]) => ({
    filepath,
    tags: ofImage.flatMap(tagOf),
    sha256: ofImage[0]?.sha256 ?? null,
  }))
  return `${JSON.stringify({ samples }, null, 1)}\n`
}

type TagMeaning = Pick<FileDecision, 'action' | 'reason' | 'task' | 'to'>

function readTag(tag: string): TagMeaning | null {
  const [head = '', ...rest] = tag.split(':')
  const value = rest.join(':').trim()
  const named = task.safeParse(head.trim().toLowerCase())
  if (named.success && rest.length > 0)
    return { action: 'relabel', reason: null, task: named.data, to: value === '' ? null : value }
  const action = readAction(head)
  if (action === null || action === 'relabel') return null
  return { action, reason: readReason(value), task: null, to: null }
}

/** A field named after a task says its label; one without a value says nothing. */
function readField(name: string, value: unknown): TagMeaning | null {
  const named = task.safeParse(name.toLowerCase())
  const read = label.safeParse(value)
  if (!named.success || !read.success) return null
  const to = 'value' in read.data ? read.data.value : 'label' in read.data ? read.data.label : null
  return to === null || to === undefined
    ? null
    : { action: 'relabel', reason: null, task: named.data, to: String(to) }
}

/** Fields that hold labels of another kind, once each with the number of samples. */
class OtherFields {
  readonly #counts = new Map<string, number>()

  add(name: string, value: unknown): void {
    const read = className.safeParse(value)
    if (!read.success || read.data === 'ImageMetadata') return
    const key = `"${name}" (${read.data})`
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
  }

  describe(): FileProblem[] {
    return [...this.#counts].map(([field, samples]) => ({
      at: 'samples',
      message: `The field ${field} of ${samples} samples holds no decision: labels are read from fields named age, gender and race.`,
    }))
  }
}

function readSample(
  sample: FiftyoneSample,
  { tell, others }: { tell: (message: string) => void; others: OtherFields },
): TagMeaning[] {
  const { filepath, tags, sha256: _sha256, ...fields } = sample
  const found: TagMeaning[] = []
  for (const tag of tags ?? []) {
    const meaning = readTag(tag)
    if (meaning === null) tell(`The tag "${tag}" of ${filepath} is no decision.`)
    else found.push(meaning)
  }
  for (const [name, value] of Object.entries(fields)) {
    const meaning = readField(name, value)
    if (meaning === null) others.add(name, value)
    else {
      found.push(meaning)
      for (const tag of taggedLabel.safeParse(value).data?.tags ?? [])
        tell(`The tag "${tag}" on the ${name} of ${filepath} is no decision; the label is read.`)
    }
  }
  return found
}

/**
 * Each tag that is a decision (`removed`, `removed:<reason>`, `kept`, `identity-suspect`, `race:<label>`, ...) and each
 * Classification or Regression of a field named after a task, as edits in the app leave them.
 */
export function readFiftyone({ samples }: z.output<typeof fiftyoneDocument>): ReadDecisions {
  const decisions: FileDecision[] = []
  const problems: FileProblem[] = []
  const others = new OtherFields()
  for (const [index, sample] of samples.entries()) {
    const place = `samples[${index}]`
    const tell = (message: string): void => void problems.push({ at: place, message })
    for (const meaning of readSample(sample, { tell, others }))
      decisions.push({
        ...meaning,
        place,
        path: sample.filepath,
        sha256: sample.sha256 ?? null,
        note: null,
        from: null,
        reviewer: null,
        time: null,
      })
  }
  return { decisions, problems: [...problems, ...others.describe()] }
}
