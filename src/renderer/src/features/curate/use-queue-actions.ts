import { useState } from 'react'
import type { ActionButton } from '#renderer/decisions/action-buttons.tsx'
import type { Choice, SeenImage } from '#renderer/decisions/decision-order.ts'
import { keyActions, type KeyActionOn } from '#renderer/decisions/keys/key-actions.ts'
import { actionOf, type KeyBindings } from '#renderer/decisions/keys/key-bindings.ts'
import { useShortcuts } from '#renderer/decisions/keys/use-shortcuts.ts'
import { checks } from '#shared/domain/checks.ts'
import type { Task } from '#shared/domain/tasks.ts'
import { ageChoices } from './age-choices.ts'
import { readSuggestions } from './finding-words.ts'
import type { QueueEntry } from './queue-view.ts'
import type { GroupChoice } from './use-group.ts'
import type { LabelChoices } from './use-image-facts.ts'
import type { QueueDecisions } from './use-queue-decisions.ts'
import type { Queue } from './use-queue.ts'
import type { Selection } from './use-selection.ts'

type QueueAction = KeyActionOn<'curate'>

export interface QueueActionsOptions {
  readonly queue: Queue
  readonly decisions: QueueDecisions
  readonly selection: Selection
  readonly choices: LabelChoices | null
  readonly group: GroupChoice
  readonly bindings: KeyBindings
  readonly openRemove: () => void
}

export interface QueueActions {
  readonly buttons: readonly ActionButton[]
  /** Those that decide nothing about the image. */
  readonly endButtons: readonly ActionButton[]
  /** The task whose labels stand on the digits; null for race, as usual. */
  readonly picking: 'gender' | 'age' | null
  readonly pick: (label: string) => void
  readonly stopPicking: () => void
  /** Takes a suggested label; null where there is none. */
  readonly accept: ((label: string) => void) | null
  readonly decide: (choice: Choice) => void
  /** How many images a decision is about. */
  readonly targetCount: number
}

/** Everything that keys and buttons do in a queue: with the selected images, else with the one in view. */
export function useQueueActions(options: QueueActionsOptions): QueueActions {
  const { queue, decisions, selection, choices, group, bindings, openRemove } = options
  const [picking, setPicking] = useState<'gender' | 'age' | null>(null)
  const { check } = queue
  const entry = queue.index === null ? null : (queue.entries[queue.index] ?? null)
  const targets = entry === null ? [] : chooseTargets(queue.entries, selection.ids, entry)
  const task = checks[check].task
  const [suggestion] = entry === null ? [] : readSuggestions(entry.finding.detail)

  const decide = (choice: Choice) => {
    if (targets.length === 0) return
    const images = targets.map(toSeen)
    decisions.decide({ ...choice, check, target: { images } })
    selection.clear()
    setPicking(null)
  }
  const decideGroup = (keep: ReadonlySet<number>) => {
    if (group.group === null) return
    const { groupId, members } = group.group
    const seen = members.map(({ tile, revision }) => ({ imageId: tile.id, revision }))
    const isAll = members.every(({ tile }) => keep.has(tile.id))
    decisions.decide(
      isAll
        ? { action: 'keep', check, target: { images: seen } }
        : { action: 'remove', check, target: { check, groupId, keep: [...keep], seen } },
    )
  }
  const relabel = (named: Task, value: string) => decide({ action: 'relabel', task: named, value })
  const pick = (label: string) => relabel(picking ?? 'race', label)
  const accept = task === null || entry === null ? null : (label: string) => relabel(task, label)
  const chooseDigit = (digit: number): boolean => {
    if (group.group !== null) {
      const member = group.group.members[digit - 1]
      if (member !== undefined) group.toggle(member.tile.id)
      return member !== undefined
    }
    const labels = picking === 'age' ? ageChoices : (choices?.[picking ?? 'race'] ?? [])
    const label = labels[digit - 1]
    if (label !== undefined) pick(label)
    return label !== undefined
  }

  const isGroup = group.group !== null
  const all = new Set<number>(group.group?.members.map(({ tile }) => tile.id))
  const runs: Readonly<Record<QueueAction, () => void>> = {
    keep: () => (isGroup ? decideGroup(all) : decide({ action: 'keep' })),
    remove: () => (isGroup ? decideGroup(group.kept) : decide({ action: 'remove' })),
    'remove-with-reason': openRemove,
    accept: () => {
      if (suggestion !== undefined) accept?.(suggestion.label)
    },
    gender: () => setPicking('gender'),
    age: () => setPicking('age'),
    suspect: () =>
      decide({ action: entry?.finding.tile.isIdentitySuspect === true ? 'clear-suspect' : 'suspect' }),
    skip: () => queue.goTo((queue.index ?? 0) + 1),
    undo: decisions.undo,
    redo: decisions.redo,
    next: () => queue.goTo((queue.index ?? 0) + 1),
    previous: () => queue.goTo((queue.index ?? 0) - 1),
    select: () => selection.toggle(queue.index ?? 0),
    'select-next': () => {
      selection.add(queue.index ?? 0)
      queue.goTo((queue.index ?? 0) + 1)
    },
  }
  const isBlocked = (action: QueueAction): boolean => {
    if (action === 'undo' || action === 'redo') return false
    if (entry === null) return true
    if (isGroup) return !groupActions.has(action) || (action === 'remove' && group.kept.size === all.size)
    return action === 'accept' && (suggestion === undefined || accept === null)
  }

  useShortcuts((chord) => {
    if (/^[1-9]$/.test(chord)) return chooseDigit(Number(chord))
    if (chord === 'escape') {
      if (picking === null && selection.ids.size === 0) return false
      if (picking === null) selection.clear()
      else setPicking(null)
      return true
    }
    const action = actionOf(bindings, chord, 'curate')
    if (action === null || isBlocked(action)) return false
    runs[action]()
    return true
  })

  const titles = isGroup ? groupTitles(group.kept.size, all.size) : {}
  const toButton = (action: QueueAction): ActionButton => ({
    title: titles[action] ?? shortTitles[action] ?? keyActions[action].title,
    chord: bindings[action],
    run: runs[action],
    isDisabled: isBlocked(action),
    ...(action === 'remove' ? { tone: 'danger' as const } : {}),
  })
  return {
    buttons: (isGroup ? shownForGroups : shownForImages).map(toButton),
    endButtons: (isGroup ? endForGroups : endForImages).map(toButton),
    picking,
    pick,
    stopPicking: () => setPicking(null),
    accept,
    decide,
    targetCount: targets.length,
  }
}

const shownForImages: readonly QueueAction[] = [
  'keep',
  'remove',
  'remove-with-reason',
  'gender',
  'age',
  'suspect',
  'skip',
]
const endForImages: readonly QueueAction[] = ['select', 'undo', 'redo']
const shownForGroups: readonly QueueAction[] = ['keep', 'remove', 'skip']
const endForGroups: readonly QueueAction[] = ['undo', 'redo']
/** What makes sense for copies as a whole. */
const groupActions: ReadonlySet<QueueAction> = new Set([...shownForGroups, 'next', 'previous'])

const shortTitles: Partial<Record<QueueAction, string>> = {
  'remove-with-reason': 'Remove for…',
  gender: 'Gender',
  age: 'Age',
  suspect: 'Suspect',
  select: 'Select',
}

function groupTitles(kept: number, all: number): Partial<Record<QueueAction, string>> {
  return {
    keep: `Keep all ${all}`,
    remove: kept === 0 ? `Remove all ${all}` : `Keep ${kept}, remove ${all - kept}`,
  }
}

function toSeen({ finding }: QueueEntry): SeenImage {
  return { imageId: finding.tile.id, revision: finding.revision }
}

function chooseTargets(
  entries: readonly QueueEntry[],
  selected: ReadonlySet<number>,
  entry: QueueEntry,
): readonly QueueEntry[] {
  if (selected.size === 0) return [entry]
  return entries.filter(({ finding }) => selected.has(finding.tile.id))
}
