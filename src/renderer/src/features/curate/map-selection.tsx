import { UnstyledButton } from '@mantine/core'
import { useState } from 'react'
import type { DecisionOutcome } from '#shared/contract/decision.contract.ts'
import { reasonOfCheck } from '#shared/domain/checks.ts'
import { formatCount } from '#shared/domain/format.ts'
import { formatCategory, pluralise } from '#renderer/components/format.ts'
import { Quiet } from '#renderer/components/quiet.tsx'
import { ErrorState } from '#renderer/components/states.tsx'
import { Thumb } from '#renderer/components/thumb.tsx'
import { ActionButtons } from '#renderer/decisions/action-buttons.tsx'
import type { Choice } from '#renderer/decisions/decision-order.ts'
import { useKeyBindings } from '#renderer/decisions/keys/use-key-bindings.ts'
import { useShortcuts } from '#renderer/decisions/keys/use-shortcuts.ts'
import { RemoveDialog } from '#renderer/decisions/remove-dialog.tsx'
import type { Deciding } from '#renderer/decisions/use-decide.ts'
import { CountRow } from './count-row.tsx'
import styles from './map-selection.module.css'
import type { MapGroup } from './figures/map-figure.ts'
import { SidePanel } from './side-panel.tsx'
import { describeTile } from './stage.tsx'
import { StatusLine } from './status-line.tsx'
import { mostSelected, useSelectedTiles } from './use-map.ts'

const thumbsShown = 60

export interface MapSelectionProps {
  readonly groups: readonly MapGroup[]
  readonly selected: ReadonlySet<number>
  readonly deciding: Deciding
  readonly onSelect: (ids: ReadonlySet<number>) => void
  readonly onOpen: (imageId: number) => void
}

/** What is selected on the map, and one decision for all of it. */
export function MapSelection({ groups, selected, deciding, onSelect, onOpen }: MapSelectionProps) {
  const { bindings } = useKeyBindings()
  const { tiles, isPending, error } = useSelectedTiles(selected)
  const [isRemoving, setIsRemoving] = useState(false)
  const [message, setMessage] = useState('')
  const settle = (outcome: DecisionOutcome) => {
    setMessage(outcome.title)
    onSelect(new Set())
  }
  const isTooLarge = selected.size > mostSelected
  const isDisabled = tiles.length === 0 || isPending || deciding.isBusy
  const decideAll = (choice: Choice) =>
    deciding.decide(
      { ...choice, target: { images: tiles.map(({ id, revision }) => ({ imageId: id, revision })) } },
      { onDone: settle },
    )
  const actions = [
    { title: 'Keep', chord: bindings.keep, run: () => decideAll({ action: 'keep' }), isDisabled },
    {
      title: 'Remove…',
      chord: bindings.remove,
      run: () => setIsRemoving(true),
      isDisabled,
      tone: 'danger' as const,
    },
    { title: 'Suspect', chord: bindings.suspect, run: () => decideAll({ action: 'suspect' }), isDisabled },
    {
      title: 'Undo',
      chord: bindings.undo,
      run: () => deciding.undo({ onDone: ({ outcome }) => settle(outcome) }),
    },
  ]
  useShortcuts((chord) => {
    const action = actions.find((one) => one.chord === chord)
    if (chord === 'escape' && selected.size > 0) onSelect(new Set())
    else if (action === undefined || ('isDisabled' in action && action.isDisabled)) return false
    else action.run()
    return true
  })
  return (
    <SidePanel label="Selection">
      <h2>{selected.size === 0 ? 'Nothing selected' : `${pluralise(selected.size, 'image')} selected`}</h2>
      <Quiet>
        Draw around images on the map, or choose a group below. {selected.size > 0 && 'Esc clears.'}
      </Quiet>
      {isTooLarge && (
        <Quiet role="alert">
          At most {formatCount(mostSelected)} images are decided at once here. Select fewer, or filter them in
          the catalogue.
        </Quiet>
      )}
      <div className={styles['actions']}>
        <ActionButtons actions={actions} />
      </div>
      <StatusLine message={message} />
      {error !== null && <ErrorState error={error} compact />}
      <ul className={styles['thumbs']}>
        {tiles.slice(0, thumbsShown).map((tile) => (
          <li key={tile.id} title={describeTile(tile)}>
            <UnstyledButton
              className={styles['thumb']}
              aria-label={`Image ${tile.id}, labelled ${describeTile(tile)}. Open its details`}
              onClick={() => onOpen(tile.id)}
            >
              <Thumb imageId={tile.id} version={tile.thumb} alt="" />
            </UnstyledButton>
          </li>
        ))}
      </ul>
      {tiles.length > thumbsShown && <Quiet>and {formatCount(tiles.length - thumbsShown)} more</Quiet>}
      {groups.length > 0 && <h3>Groups</h3>}
      <ul className={styles['groups']}>
        {groups.map(({ name, imageIds }) => (
          <li key={name}>
            <CountRow
              title={formatCategory(name)}
              count={formatCount(imageIds.length)}
              onChoose={() => onSelect(new Set(imageIds))}
            />
          </li>
        ))}
      </ul>
      {isRemoving && (
        <RemoveDialog
          count={tiles.length}
          reason={reasonOfCheck('outlier')}
          onClose={() => setIsRemoving(false)}
          onRemove={(removal) => {
            setIsRemoving(false)
            decideAll({ action: 'remove', ...removal })
          }}
        />
      )}
    </SidePanel>
  )
}
