import * as z from 'zod'
import { task as taskName } from '#shared/contract/base.contract.ts'
import {
  readAction,
  readReason,
  readTime,
  type EffectiveDecision,
  type FileDecision,
  type FileProblem,
  type ReadDecisions,
} from './file-decision.ts'

const person = z.union([z.string(), z.number(), z.object({ email: z.string().optional() })])

const annotation = z.object({
  result: z.array(
    z.object({
      from_name: z.string(),
      type: z.string(),
      value: z.object({ choices: z.array(z.string()).optional(), text: z.unknown().optional() }),
    }),
  ),
  was_cancelled: z.boolean().optional(),
  created_at: z.string().optional(),
  updated_at: z.string().optional(),
  completed_by: person.nullable().optional(),
})
type Annotation = z.output<typeof annotation>

/** Tasks as Label Studio exports them (the format named JSON). */
export const labelStudioDocument = z.array(
  z.object({
    id: z.union([z.int(), z.string()]).optional(),
    data: z.record(z.string(), z.unknown()),
    annotations: z.array(annotation).default([]),
  }),
)

/** What a decision is called in the control `decision` of a labelling interface. */
const actionChoices: Readonly<Record<string, string>> = { keep: 'keep', remove: 'remove', suspect: 'suspect' }

function writeResult(decision: EffectiveDecision): object[] {
  const choose = (control: string, choice: string): object => ({
    from_name: control,
    to_name: 'image',
    type: 'choices',
    value: { choices: [choice] },
  })
  if (decision.action === 'relabel')
    return decision.task === null || decision.to === null ? [] : [choose(decision.task, decision.to)]
  const choice = actionChoices[decision.action]
  if (choice === undefined) return []
  return [
    choose('decision', choice),
    ...(decision.reason === null ? [] : [choose('reason', decision.reason)]),
    ...(decision.note === null
      ? []
      : [{ from_name: 'note', to_name: 'image', type: 'textarea', value: { text: [decision.note] } }]),
  ]
}

/** One task for each decided image, with one annotation that holds its decisions as choices. */
export function writeLabelStudio(decisions: readonly EffectiveDecision[]): string {
  const byImage = [...Map.groupBy(decisions, ({ dataset, path }) => `${dataset}/${path}`)]
  const tasks = byImage.map(([image, ofImage], index) => {
    const newest = ofImage.reduce((last, one) => (one.time > last.time ? one : last))
    return {
      id: index + 1,
      data: { image, sha256: newest.sha256 },
      annotations: [
        {
          result: ofImage.flatMap(writeResult),
          completed_by: { email: newest.reviewer },
          created_at: newest.time,
          updated_at: newest.time,
          was_cancelled: false,
        },
      ],
    }
  })
  return `${JSON.stringify(tasks, null, 1)}\n`
}

/** The file that a task is about: local files come as `/data/local-files/?d=<path>`, others as a URL or a path. */
function readImagePath(data: Readonly<Record<string, unknown>>): string | null {
  const texts = Object.values(data).filter((value) => typeof value === 'string')
  const text = typeof data['image'] === 'string' ? data['image'] : texts.find((one) => /\.\w{3,4}$/.test(one))
  if (text === undefined) return null
  const local = /[?&]d=([^&]+)/.exec(text)?.[1]
  const path = local ?? text.replace(/^\w+:\/\/[^/]*/, '').replace(/[?#].*$/, '')
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

const namePerson = (by: Annotation['completed_by']): string | null => {
  if (by === null || by === undefined) return null
  return typeof by === 'object' ? (by.email ?? null) : String(by)
}

type Meaning = Pick<FileDecision, 'action' | 'reason' | 'task' | 'to' | 'note'>

/** The choices of one annotation; a choice that is a reason is a removal for it. */
function readResult(result: Annotation['result'], onUnknown: (choice: string) => void): Meaning[] {
  const meanings: Meaning[] = []
  let reason: FileDecision['reason'] = null
  let note: string | null = null
  for (const { from_name: control, value } of result) {
    const named = taskName.safeParse(control.toLowerCase())
    for (const choice of value.choices ?? []) {
      const action = readAction(choice)
      const why = readReason(choice)
      if (named.success)
        meanings.push({ action: 'relabel', reason: null, task: named.data, to: choice, note: null })
      else if (action !== null && action !== 'relabel')
        meanings.push({ action, reason: null, task: null, to: null, note: null })
      else if (why !== null) reason = why
      else onUnknown(`${control}: ${choice}`)
    }
    const text = z.union([z.string(), z.array(z.string())]).safeParse(value.text)
    if (text.success) note = [text.data].flat().join('; ')
  }
  const hasStatus = meanings.some(({ action }) => action === 'remove' || action === 'keep')
  if (reason !== null && !hasStatus)
    meanings.push({ action: 'remove', reason: null, task: null, to: null, note: null })
  return meanings.map((one) => ({ ...one, reason: one.action === 'remove' ? reason : null, note }))
}

/** The newest annotation of each task that was not cancelled. */
export function readLabelStudio(tasks: z.output<typeof labelStudioDocument>): ReadDecisions {
  const decisions: FileDecision[] = []
  const problems: FileProblem[] = []
  const timeOf = (one: Annotation): string | null => readTime(one.updated_at ?? one.created_at)
  for (const [index, { id, data, annotations }] of tasks.entries()) {
    const place = `task ${id ?? index + 1}`
    const given = annotations.filter((one) => one.was_cancelled !== true)
    const [first] = given
    if (first === undefined) continue
    const newest = given.reduce(
      (last, one) => ((timeOf(one) ?? '') >= (timeOf(last) ?? '') ? one : last),
      first,
    )
    const meanings = readResult(newest.result, (choice) =>
      problems.push({ at: place, message: `The choice "${choice}" is no decision.` }),
    )
    const sha256 = typeof data['sha256'] === 'string' ? data['sha256'] : null
    for (const meaning of meanings)
      decisions.push({
        ...meaning,
        place,
        path: readImagePath(data),
        sha256,
        from: null,
        reviewer: namePerson(newest.completed_by),
        time: timeOf(newest),
      })
  }
  return { decisions, problems }
}
