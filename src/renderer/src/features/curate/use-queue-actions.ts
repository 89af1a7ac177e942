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
import { labelsOf } from './group-words.ts'
import type { TakenLabels } from './label-choice-dialog.tsx'
import type { QueueEntry } from './queue-view.ts'
import { isPresent, type GroupChoice } from './use-group.ts'
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
  readonly zoomIn: () => void
  /** Null where there is no queue in that direction. */
  readonly openQueue: Readonly<Record<'next' | 'previous', (() => void) | null>>
  readonly toggleDecided: () => void
  readonly openBulk: () => void
  readonly openLabels: () => void
}

export interface QueueActions {
  readonly buttons: readonly ActionButton[]
  /** Those that decide nothing about the image. */
  readonly endButtons: readonly ActionButton[]
  /** Where one goes from the end of a queue. */
  readonly ending: readonly ActionButton[]
  /** The task whose labels stand on the digits; null for race, as usual. */
  readonly picking: 'gender' | 'age' | null
  readonly pick: (label: string) => void
  readonly stopPicking: () => void
  /** Takes a suggested label; null where there is none. */
  readonly accept: ((label: string) => void) | null
  readonly decide: (choice: Choice) => void
  /** Keeps one copy with these labels; null where the labels of no copies differ. */
  readonly takeLabels: ((labels: TakenLabels) => void) | null
  /** How many images a decision is about. */
  readonly targetCount: number
}

/** Everything that keys and buttons do in a queue: with the selected images, else with the one in view. */
export function useQueueActions(options: QueueActionsOptions): QueueActions {
  const { queue, decisions, selection, choices, group, bindings, openQueue } = options
  const [picking, setPicking] = useState<'gender' | 'age' | null>(null)
  const { check } = queue
  const entry = queue.index === null ? null : (queue.entries[queue.index] ?? null)
  const targets = chooseTargets(queue.entries, selection.ids, entry)
  const task = checks[check].task
  const [suggestion] = entry === null ? [] : readSuggestions(entry.finding.detail)

  // Copies are decided as a whole: not before all of them are in sight.
  const isUnread = group.isPending

  const decide = (choice: Choice) => {
    if (group.group !== null) return decideGroup(new Set(), choice)
    if (targets.length === 0) return
    const images = targets.map(toSeen)
    decisions.decide({ ...choice, check, target: { images } })
    selection.clear()
    setPicking(null)
  }
  const members = group.group?.members.filter(isPresent) ?? []
  const seen = members.map(({ tile, revision }) => ({ imageId: tile.id, revision }))
  const decideGroup = (
    keep: ReadonlySet<number>,
    choice: Omit<Choice, 'action'> = {},
    labels?: TakenLabels,
  ) => {
    if (group.group === null) return
    const { groupId } = group.group
    const target = { check, groupId, keep: [...keep], seen, ...(labels === undefined ? {} : { labels }) }
    decisions.decide({ ...choice, action: 'remove', check, target })
  }
  const keepAll = () => decisions.decide({ action: 'keep', check, target: { images: seen } })
  const conflict = group.group?.conflict ?? null
  const [firstMember] = members
  const takeLabels = (labels: TakenLabels, of: number | undefined = firstMember?.tile.id) => {
    const kept = group.group?.clearest ?? of
    if (kept !== undefined) decideGroup(new Set([kept]), {}, labels)
  }
  const relabel = (named: Task, value: string) => decide({ action: 'relabel', task: named, value })
  const pick = (label: string) => relabel(picking ?? 'race', label)
  const accept = task === null || entry === null ? null : (label: string) => relabel(task, label)
  const chooseDigit = (digit: number): boolean => {
    if (isUnread) return false
    if (group.group !== null) {
      const member = group.group.members[digit - 1]
      if (member === undefined || !isPresent(member)) return false
      if (conflict === null) group.toggle(member.tile.id)
      else takeLabels(labelsOf(member.tile), member.tile.id)
      return true
    }
    const labels = picking === 'age' ? ageChoices : (choices?.[picking ?? 'race'] ?? [])
    const label = labels[digit - 1]
    if (label !== undefined) pick(label)
    return label !== undefined
  }

  const isGroup = group.group !== null
  const runs: Readonly<Record<QueueAction, () => void>> = {
    keep: () => (isGroup ? keepAll() : decide({ action: 'keep' })),
    remove: () => (isGroup ? decideGroup(group.kept) : decide({ action: 'remove' })),
    'remove-with-reason': options.openRemove,
    'take-labels': options.openLabels,
    'decide-all': options.openBulk,
    accept: () => {
      if (suggestion !== undefined) accept?.(suggestion.label)
    },
    gender: () => setPicking('gender'),
    age: () => setPicking('age'),
    suspect: () =>
      decide({ action: entry?.finding.tile.isIdentitySuspect === true ? 'clear-suspect' : 'suspect' }),
    skip: () => queue.goBy(1),
    undo: decisions.undo,
    redo: decisions.redo,
    next: () => queue.goBy(1),
    previous: () => queue.goBy(-1),
    first: () => queue.goTo(0),
    'next-queue': () => openQueue.next?.(),
    'previous-queue': () => openQueue.previous?.(),
    zoom: options.zoomIn,
    decided: options.toggleDecided,
    reopen: () => decide({ action: 'restore' }),
    select: () => selection.toggle(queue.index ?? 0),
    'select-next': () => {
      selection.add(queue.index ?? 0)
      queue.goBy(1)
    },
  }
  const isBlocked = (action: QueueAction): boolean => {
    if (anywhere.has(action)) return false
    if (action === 'next-queue') return openQueue.next === null
    if (action === 'previous-queue') return openQueue.previous === null
    if (action === 'previous' || action === 'first') return queue.entries.length === 0
    if (entry === null) return !forSelection.has(action) || targets.length === 0
    if (action === 'decide-all') return false
    if (isUnread) return action !== 'next' && action !== 'skip'
    if (action === 'take-labels') return conflict === null
    if (action === 'reopen') return !entry.finding.isDecided && selection.ids.size === 0
    if (isGroup) {
      const isPart = group.kept.size > 0 && group.kept.size < members.length
      return !groupActions.has(action) || (action === 'remove' && !isPart)
    }
    return action === 'accept' && (suggestion === undefined || accept === null)
  }

  useShortcuts(
    (chord) => {
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
    },
    new Set([bindings.next, bindings.previous, bindings['select-next']]),
  )

  const titles = isGroup ? groupTitles(group.kept.size, members.length) : {}
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
    ending: (['first', 'next-queue', 'previous-queue'] as const).map(toButton),
    picking,
    pick,
    stopPicking: () => setPicking(null),
    accept,
    decide,
    takeLabels: conflict === null ? null : takeLabels,
    targetCount: isGroup ? members.length : targets.length,
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
const endForImages: readonly QueueAction[] = ['zoom', 'select', 'undo', 'redo']
const shownForGroups: readonly QueueAction[] = ['keep', 'remove', 'remove-with-reason', 'take-labels', 'skip']
const endForGroups: readonly QueueAction[] = ['zoom', 'undo', 'redo']
/** What makes sense for copies as a whole. */
const groupActions: ReadonlySet<QueueAction> = new Set([...shownForGroups, 'next'])
/** What can be done at the end of a queue as well. */
const anywhere: ReadonlySet<QueueAction> = new Set(['undo', 'redo', 'zoom', 'decided'])
/** What is done with selected images wherever one stands. */
const forSelection: ReadonlySet<QueueAction> = new Set([
  'keep',
  'remove',
  'remove-with-reason',
  'gender',
  'age',
  'suspect',
  'reopen',
])

const shortTitles: Partial<Record<QueueAction, string>> = {
  'remove-with-reason': 'Remove for…',
  gender: 'Gender',
  age: 'Age',
  suspect: 'Suspect',
  'take-labels': 'Labels…',
  select: 'Select',
  zoom: 'Zoom',
  first: 'Start over',
}

function groupTitles(kept: number, all: number): Partial<Record<QueueAction, string>> {
  return {
    keep: `Keep all ${all}`,
    remove: kept === 0 ? 'Keep the ticked' : `Keep ${kept}, remove ${all - kept}`,
    'remove-with-reason': `Remove all ${all}…`,
  }
}

function toSeen({ finding }: QueueEntry): SeenImage {
  return { imageId: finding.tile.id, revision: finding.revision }
}

function chooseTargets(
  entries: readonly QueueEntry[],
  selected: ReadonlySet<number>,
  entry: QueueEntry | null,
): readonly QueueEntry[] {
  if (selected.size === 0) return entry === null ? [] : [entry]
  return entries.filter(({ finding }) => selected.has(finding.tile.id))
}
