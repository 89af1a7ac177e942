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

/** Samples as FiftyOne writes them; what decisions do not need is passed over. */
export const fiftyoneDocument = z.object({
  samples: z.array(
    z.object({
      filepath: z.string(),
      tags: z.array(z.string()).nullable().default([]),
      sha256: z.string().nullable().optional(),
    }),
  ),
})

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

/** Each tag that is a decision: `removed`, `removed:<reason>`, `kept`, `identity-suspect`, `race:<label>`, ... */
export function readFiftyone({ samples }: z.output<typeof fiftyoneDocument>): ReadDecisions {
  const decisions: FileDecision[] = []
  const problems: FileProblem[] = []
  for (const [index, { filepath, tags, sha256 }] of samples.entries()) {
    const place = `samples[${index}]`
    for (const tag of tags ?? []) {
      const meaning = readTag(tag)
      if (meaning === null)
        problems.push({ at: place, message: `The tag "${tag}" of ${filepath} is no decision.` })
      else
        decisions.push({
          ...meaning,
          place,
          path: filepath,
          sha256: sha256 ?? null,
          note: null,
          from: null,
          reviewer: null,
          time: null,
        })
    }
  }
  return { decisions, problems }
}
