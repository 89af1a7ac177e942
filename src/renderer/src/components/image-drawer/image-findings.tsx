import { Skeleton, VisuallyHidden } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { checks } from '#shared/domain/checks.ts'
import { Quiet } from '../quiet.tsx'
import { ErrorState } from '../states.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import styles from './image-findings.module.css'

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
      {problem !== null && <p className={styles['problem']}>{problem}</p>}
      {ordered.length === 0 && <Quiet>No scan has seen this image.</Quiet>}
      <ul className={styles['scores']}>
        {ordered.map(({ check, score, cut, isFlagged }) => (
          <li key={check} data-flagged={isFlagged || undefined} title={checks[check].help}>
            <span className={styles['title']}>
              {checks[check].title}
              {isFlagged && <VisuallyHidden>, flagged</VisuallyHidden>}
            </span>
            <span className={styles['track']} aria-hidden>
              <span className={styles['bar']} style={{ width: `${score * 100}%` }} />
              {cut !== null && <span className={styles['cut']} style={{ left: `${cut * 100}%` }} />}
            </span>
            <span className={styles['figure']}>{score.toFixed(2)}</span>
          </li>
        ))}
      </ul>
    </>
  )
}
