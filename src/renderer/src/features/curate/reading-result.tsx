import { Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { formatCategory } from '#renderer/components/format.ts'
import { Panel } from '#renderer/components/panel.tsx'
import { Quiet } from '#renderer/components/quiet.tsx'
import { ErrorState } from '#renderer/components/states.tsx'
import { useApi, useHost } from '#renderer/engine/engine-context.tsx'
import type { ReadingResult as Result } from '#shared/contract/reading.contract.ts'
import { formatCount, formatEstimate } from '#shared/domain/format.ts'
import styles from './reading-result.module.css'
import { SettlePanel } from './settle-panel.tsx'
import {
  describeAnswer,
  describeSettled,
  formatGroupKappa,
  formatKappa,
  isSmallGroup,
} from './reading-view.ts'
import { Report } from './report.tsx'

/** How far two readers agree beyond chance, by race label as well, and where they do not. */
export function ReadingResult({ readingId }: { readonly readingId: number }) {
  const api = useApi()
  const result = useQuery(api.reading.result.queryOptions({ input: { readingId } }))
  if (result.error !== null) return <ErrorState error={result.error} />
  if (result.data === undefined) return <Skeleton h="100%" radius={0} />
  return (
    <Report label="Agreement of two readers">
      <Agreement result={result.data} />
      {result.data.disagreements.length > 0 && (
        <SettlePanel readingId={readingId} disagreements={result.data.disagreements} />
      )}
      <Answers result={result.data} />
      <Disagreements result={result.data} />
    </Report>
  )
}

function Agreement({ result }: { readonly result: Result }) {
  return (
    <Panel title="Agreement" note="Cohen's kappa: 0 is chance, 1 is always; 95% intervals" padded={false}>
      <table className="ev-table">
        <thead>
          <tr>
            <th scope="col">Labelled</th>
            <th scope="col" className="num">
              Kappa
            </th>
            <th scope="col" className="num">
              Equal answers
            </th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">All images</th>
            <td className="num">{formatKappa(result.overall.kappa)}</td>
            <td className="num">{formatEstimate(result.overall.agreement)}</td>
          </tr>
          {result.afterSettling !== null && (
            <tr>
              <th scope="row">
                All images, with what is settled in the place of both answers, which makes those agree: it
                tells how much is open, not how well the two read
              </th>
              <td className="num">{formatKappa(result.afterSettling.kappa)}</td>
              <td className="num">{formatEstimate(result.afterSettling.agreement)}</td>
            </tr>
          )}
          {result.byRace.map(({ group, kappa, agreement }) => (
            <tr key={group ?? ''} data-faint={isSmallGroup(kappa) || undefined}>
              <th scope="row">{group === null ? 'no label' : formatCategory(group)}</th>
              <td className="num">{formatGroupKappa(kappa)}</td>
              <td className="num">{formatEstimate(agreement)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  )
}

function Answers({ result: { answers, counts } }: { readonly result: Result }) {
  return (
    <Panel title="Answers" note="first reader by row, second by column" padded={false}>
      <div className="ev-scroll-x">
        <table className="ev-table">
          <thead>
            <tr>
              <th scope="col">First reader</th>
              {answers.map((answer) => (
                <th key={answer} scope="col" className="num">
                  {describeAnswer(answer)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {answers.map((answer, row) => (
              <tr key={answer}>
                <th scope="row">{describeAnswer(answer)}</th>
                {answers.map((other, column) => (
                  <td key={other} className="num">
                    {formatCount(counts[row]?.[column] ?? 0)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  )
}

function Disagreements({ result: { disagreements } }: { readonly result: Result }) {
  const host = useHost()
  if (disagreements.length === 0) return <Quiet>Both readers gave the same answer to every image.</Quiet>
  return (
    <Panel title="Where they differ" note={formatCount(disagreements.length)}>
      <ul className={styles['differences']}>
        {disagreements.map((differing) => (
          <li key={differing.imageId}>
            <Link
              to="/catalogue"
              search={{ image: differing.imageId }}
              aria-label={`Image ${differing.imageId} in the catalogue`}
            >
              <img src={host.imageUrl(differing.imageId)} alt="" loading="lazy" />
            </Link>
            <span>
              {differing.firstReviewer}: {describeAnswer(differing.first)}
            </span>
            <span>Second: {describeAnswer(differing.second)}</span>
            <strong>{describeSettled(differing)}</strong>
          </li>
        ))}
      </ul>
    </Panel>
  )
}
