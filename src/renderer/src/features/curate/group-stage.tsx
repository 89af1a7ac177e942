import { UnstyledButton } from '@mantine/core'
import { IconCheck } from '@tabler/icons-react'
import type { FindingGroup } from '#shared/contract/check.contract.ts'
import { formatBytes, formatFigure } from '#renderer/components/format.ts'
import { Key } from '#renderer/components/key.tsx'
import { ScrollRegion } from '#renderer/components/scroll-region.tsx'
import { useHost } from '#renderer/engine/engine-context.tsx'
import { describeAnswers, describeSuggestion, listDiffering } from './group-words.ts'
import { describeTile } from './stage.tsx'
import styles from './group-stage.module.css'

export interface GroupStageProps {
  readonly group: FindingGroup
  readonly kept: ReadonlySet<number>
  readonly onToggle: (imageId: number) => void
}

/** Copies side by side; those that are ticked stay, the others go. */
export function GroupStage({ group, kept, onToggle }: GroupStageProps) {
  const host = useHost()
  const { suggestedKeep, conflict, answers, suggestedLabels } = group
  const differing = conflict === null ? [] : listDiffering(conflict)
  return (
    <ScrollRegion label="Copies of one picture" className={styles['group']}>
      <p className={styles['note']}>
        {group.members.length} copies.{' '}
        {conflict === null
          ? 'Their labels agree. '
          : `Their labels differ in ${differing.join(' and ')}. No copy is suggested: a digit takes the labels of that copy. `}
        {suggestedKeep !== null &&
          `Suggested to keep: number ${positionOf(group, suggestedKeep.imageId)}, since ${suggestedKeep.reason}.`}
        {differing.map((task) => (
          <span key={task} className={styles['answers']}>
            {task}: {describeAnswers(answers[task])} {describeSuggestion(suggestedLabels[task])}
          </span>
        ))}
      </p>
      <ul className={styles['copies']}>
        {group.members.map(({ tile, path, dataset, bytes, sharpness }, place) => {
          const isKept = kept.has(tile.id)
          const isGone = tile.status === 'removed'
          return (
            <li key={tile.id}>
              <UnstyledButton
                className={styles['copy']}
                aria-pressed={isKept}
                disabled={isGone}
                onClick={() => onToggle(tile.id)}
              >
                <span className={styles['picture']}>
                  <img src={host.imageUrl(tile.id)} alt="" draggable={false} />
                </span>
                <span className={styles['head']}>
                  {place < 9 && <Key>{place + 1}</Key>}
                  {isGone ? (
                    <span className={styles['goes']}>removed before</span>
                  ) : isKept ? (
                    <span className={styles['stays']}>
                      <IconCheck size={12} aria-hidden /> stays
                    </span>
                  ) : (
                    <span className={styles['goes']}>{kept.size === 0 ? 'not ticked' : 'goes'}</span>
                  )}
                  {suggestedKeep?.imageId === tile.id && <em>suggested</em>}
                </span>
                <strong>{describeTile(tile)}</strong>
                <span>
                  {tile.width} × {tile.height} px, {formatBytes(bytes)}
                  {sharpness !== null && `, sharpness ${formatFigure(sharpness)}`}
                </span>
                <span className={styles['path']}>
                  {dataset} · {path}
                </span>
              </UnstyledButton>
            </li>
          )
        })}
      </ul>
    </ScrollRegion>
  )
}

function positionOf({ members }: FindingGroup, imageId: number): number {
  return members.findIndex(({ tile }) => tile.id === imageId) + 1
}
