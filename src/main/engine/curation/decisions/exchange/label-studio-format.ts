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
import { lookUp } from '#shared/domain/look-up.ts'

const person = z.union([z.string(), z.number(), z.object({ email: z.string().optional() })])

const annotation = z.object({
  /** Its elements are read one by one: an odd one spoils nothing. */
  result: z.array(z.unknown()),
  was_cancelled: z.boolean().nullish(),
  created_at: z.string().nullish(),
  updated_at: z.string().nullish(),
  completed_by: person.nullish(),
})
type Annotation = z.output<typeof annotation>

/** Tasks as Label Studio exports them (the format named JSON); before its version 1.0 annotations were `completions`. */
export const labelStudioDocument = z.array(
  z.object({
    id: z.union([z.int(), z.string()]).optional(),
    data: z.record(z.string(), z.unknown()),
    annotations: z.array(z.unknown()).nullish(),
    completions: z.array(z.unknown()).nullish(),
  }),
)
type LabelStudioTask = z.output<typeof labelStudioDocument>[number]

/** A control's answer; relations between regions have neither its name nor a value. */
const answered = z.object({
  from_name: z.string(),
  type: z.string(),
  value: z.record(z.string(), z.unknown()),
})
type Answered = z.output<typeof answered>
const element = z.union([answered, z.object({ type: z.string() })])

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
  const choice = lookUp(actionChoices, decision.action)
  if (choice === undefined) return []
  return [
    choose('decision', choice),
    ...(decision.reason === null ? [] : [choose('reason', decision.reason)]),
    ...(decision.note === null
      ? []
      : [{ from_name: 'note', to_name: 'image', type: 'textarea', value: { text: [decision.note] } }]),
  ]
}

const isEmail = (text: string): boolean => z.email().safeParse(text).success

/** One task for each decided image, with one annotation that holds its decisions as choices. */
export function writeLabelStudio(decisions: readonly EffectiveDecision[]): string {
  const byImage = [...Map.groupBy(decisions, ({ dataset, path }) => `${dataset}/${path}`)]
  const tasks = byImage.map(([image, ofImage], index) => {
    const newest = ofImage.reduce((last, one) => (one.time > last.time ? one : last))
    return {
      id: index + 1,
      data: { image, sha256: newest.sha256, reviewer: newest.reviewer },
      annotations: [
        {
          result: ofImage.flatMap(writeResult),
          // A name that is no e-mail is refused by older servers, and taken for whoever imports it by newer ones.
          ...(isEmail(newest.reviewer) ? { completed_by: { email: newest.reviewer } } : {}),
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
  const words = Object.values(data).filter((value) => typeof value === 'string')
  const text = typeof data['image'] === 'string' ? data['image'] : words.find((one) => /\.\w{3,4}$/.test(one))
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

const texts = z.union([z.string().transform((text) => [text]), z.array(z.string())])

/** What each kind of control holds, as texts; null for a control that holds no words. */
function readTexts({ type, value }: Answered): readonly string[] | null {
  switch (type) {
    case 'choices':
      return texts.safeParse(value['choices']).data ?? null
    case 'textarea':
      return texts.safeParse(value['text']).data ?? null
    case 'number': {
      const number = z.number().safeParse(value['number'])
      return number.success ? [String(number.data)] : null
    }
    case 'taxonomy': {
      // Each choice is the path to a leaf.
      const paths = z.array(z.array(z.string())).safeParse(value['taxonomy'])
      return paths.success ? paths.data.flatMap((path) => path.slice(-1)) : null
    }
    default:
      return null
  }
}

const setStatus = (action: Meaning['action']): Meaning => ({
  action,
  reason: null,
  task: null,
  to: null,
  note: null,
})

/** Gathers what one annotation says; a choice that is a reason is a removal for it. */
class ResultReading {
  readonly #tell: (message: string) => void
  readonly #byControl = new Map<string, Set<string>>()
  readonly #meanings: Meaning[] = []
  #reason: FileDecision['reason'] = null
  #note: string | null = null

  constructor(tell: (message: string) => void) {
    this.#tell = tell
  }

  add(item: unknown): void {
    const read = element.safeParse(item)
    if (!read.success) this.#tell('An element of the result is nothing that Label Studio writes.')
    else if (!('from_name' in read.data)) this.#tell(`A ${read.data.type} is no decision.`)
    else this.#addAnswer(read.data)
  }

  #addAnswer(answer: Answered): void {
    const { from_name: control, type } = answer
    const found = readTexts(answer)
    const named = taskName.safeParse(control.toLowerCase())
    if (found === null || (type !== 'choices' && type !== 'textarea' && !named.success)) {
      this.#tell(`The control "${control}" (${type}) holds no decision.`)
    } else if (named.success) {
      const values = this.#byControl.get(named.data) ?? new Set()
      for (const text of found) values.add(text)
      this.#byControl.set(named.data, values)
    } else if (type === 'textarea') this.#note = found.join('; ')
    else for (const choice of found) this.#addChoice(control, choice)
  }

  #addChoice(control: string, choice: string): void {
    const action = readAction(choice)
    const why = readReason(choice)
    if (action !== null && action !== 'relabel') this.#meanings.push(setStatus(action))
    else if (why !== null) this.#reason = why
    else this.#tell(`The choice "${control}: ${choice}" is no decision.`)
  }

  /** Relabels of one control that differ, in one field or by faces, come out beside each other, to be told as a contradiction. */
  finish(): Meaning[] {
    const relabels = [...this.#byControl].flatMap(([name, values]) =>
      [...values].map((to): Meaning => ({ ...setStatus('relabel'), task: taskName.parse(name), to })),
    )
    const meanings = [...relabels, ...this.#meanings]
    const hasStatus = meanings.some(({ action }) => action === 'remove' || action === 'keep')
    if (this.#reason !== null && !hasStatus) meanings.push(setStatus('remove'))
    return meanings.map((one) => ({
      ...one,
      reason: one.action === 'remove' ? this.#reason : null,
      note: this.#note,
    }))
  }
}

const timeOf = (one: Annotation): string | null => readTime(one.updated_at ?? one.created_at)

/** The newest annotation that was not cancelled. */
function findNewest(task: LabelStudioTask, tell: (message: string) => void): Annotation | undefined {
  const given: Annotation[] = []
  for (const item of [...(task.annotations ?? []), ...(task.completions ?? [])]) {
    const read = annotation.safeParse(item)
    if (!read.success) tell('An annotation is none that Label Studio writes.')
    else if (read.data.was_cancelled !== true) given.push(read.data)
  }
  return given.length === 0
    ? undefined
    : given.reduce((last, one) => ((timeOf(one) ?? '') >= (timeOf(last) ?? '') ? one : last))
}

/** The newest annotation of each task that was not cancelled; whatever in it is no decision is told. */
export function readLabelStudio(tasks: z.output<typeof labelStudioDocument>): ReadDecisions {
  const decisions: FileDecision[] = []
  const problems: FileProblem[] = []
  for (const [index, task] of tasks.entries()) {
    const place = `task ${task.id ?? index + 1}`
    const tell = (message: string): void => void problems.push({ at: place, message })
    const newest = findNewest(task, tell)
    if (newest === undefined) continue
    const reading = new ResultReading(tell)
    for (const item of newest.result) reading.add(item)
    const { sha256, reviewer } = task.data
    for (const meaning of reading.finish())
      decisions.push({
        ...meaning,
        place,
        path: readImagePath(task.data),
        sha256: typeof sha256 === 'string' ? sha256 : null,
        from: null,
        reviewer: namePerson(newest.completed_by) ?? (typeof reviewer === 'string' ? reviewer : null),
        time: timeOf(newest),
      })
  }
  return { decisions, problems }
}
