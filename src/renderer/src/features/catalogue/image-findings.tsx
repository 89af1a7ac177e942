import { Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { checks } from '#shared/domain/checks.ts'
import { ErrorState } from '#renderer/components/states.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import styles from './catalogue.module.css'

/** Every score as a bar with its cut, flagged ones first; an image that no scan has seen says so. */
export function Findings({ imageId }: { readonly imageId: number }) {
  const api = useApi()
  const found = useQuery(api.finding.ofImage.queryOptions({ input: { imageId } }))
  if (found.error !== null) return <ErrorState error={found.error} compact />
  if (found.data === undefined) return <Skeleton h={96} mt={16} />
  const { findings, problem } = found.data
  const ordered = findings.toSorted((a, b) => Number(b.isFlagged) - Number(a.isFlagged) || a.score - b.score)
  return (
    <>
      <h3>Findings and quality</h3>
      {problem !== null && <p className={styles['state']}>{problem}</p>}
      {ordered.length === 0 && <p className={styles['provenance']}>No scan has seen this image.</p>}
      <ul className={styles['scores']}>
        {ordered.map(({ check, score, cut, isFlagged }) => (
          <li key={check} data-flagged={isFlagged || undefined} title={checks[check].help}>
            <span className={styles['scoreTitle']}>
              {checks[check].title}
              {isFlagged && <span className={styles['hidden']}>, flagged</span>}
            </span>
            <span className={styles['scoreTrack']} aria-hidden>
              <span className={styles['scoreBar']} style={{ width: `${score * 100}%` }} />
              {cut !== null && <span className={styles['scoreCut']} style={{ left: `${cut * 100}%` }} />}
            </span>
            <span className={styles['scoreFigure']}>{score.toFixed(2)}</span>
          </li>
        ))}
      </ul>
    </>
  )
}
