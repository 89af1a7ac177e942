import { formatGroup } from '#renderer/components/format.ts'
import { Anchor } from '@mantine/core'
import { ScrollRegion } from '#renderer/components/scroll-region.tsx'
import type { FairnessResult, GroupFigure } from '#shared/contract/fairness.contract.ts'
import { describePairVerdict, formatFigure, formatFigureBounds } from '#shared/derived/describe-fairness.ts'
import { explainShown, fairnessMetrics } from '#shared/domain/fairness-metrics.ts'
import { formatConfidence, formatCount } from '#shared/domain/format.ts'
import styles from './fairness.module.css'
import { listShown } from './fairness-view.ts'

export interface GroupTableProps {
  readonly result: FairnessResult
  readonly onShow: (group: GroupFigure['group']) => void
}

/** Every group with images: its figure, what it rests on, and why it is greyed; the count leads to the images. */
export function GroupTable({ result, onShow }: GroupTableProps) {
  const { metric } = result
  const title = `${fairnessMetrics[metric].title} by group`
  return (
    <ScrollRegion label={title}>
      <table className="ev-table" aria-label={title}>
        <thead>
          <tr>
            <th scope="col">Labelled {result.by.join(', ')}</th>
            <th scope="col" className="num">
              {fairnessMetrics[metric].title}
            </th>
            <th scope="col" className="num">
              {formatConfidence(result.confidence)} interval
            </th>
            <th scope="col" className="num">
              n
            </th>
            <th scope="col" className="num">
              People
            </th>
            <th scope="col" className="num">
              Shrunken
            </th>
            <th scope="col">Why grey</th>
          </tr>
        </thead>
        <tbody>
          {listShown(result).map((one) => (
            <tr key={formatGroup(one.group)} className={one.shown === 'yes' ? undefined : styles['faint']}>
              <th scope="row">{formatGroup(one.group)}</th>
              <td className="num">{formatFigure(one.value, metric)}</td>
              <td className="num">{formatFigureBounds(one, metric) || '–'}</td>
              <td className="num">
                <Anchor
                  component="button"
                  type="button"
                  size="sm"
                  aria-label={`Show the ${formatCount(one.n)} images labelled ${formatGroup(one.group)}`}
                  onClick={() => onShow(one.group)}
                >
                  {formatCount(one.n)}
                </Anchor>
              </td>
              <td className="num">{formatCount(one.identities)}</td>
              <td className="num">{formatFigure(one.shrunken, metric)}</td>
              <td className={styles['why']}>{explainShown(one.shown, one.n) ?? ''}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  )
}

/** Pairs of groups, the surest difference first, each with its verdict. */
export function PairTable({ result }: { readonly result: FairnessResult }) {
  const { metric, pairs } = result
  const ordered = pairs.toSorted((a, b) => (a.adjusted ?? 1) - (b.adjusted ?? 1))
  return (
    <ScrollRegion label="Pairs of groups">
      <table className="ev-table" aria-label="Pairs of groups">
        <thead>
          <tr>
            <th scope="col">Pair</th>
            <th scope="col" className="num">
              Difference
            </th>
            <th scope="col" className="num">
              Corrected {formatConfidence(result.confidence)} interval
            </th>
            <th scope="col" className="num">
              p, corrected
            </th>
            <th scope="col">Verdict</th>
          </tr>
        </thead>
        <tbody>
          {ordered.slice(0, pairsShown).map((pair) => (
            <tr key={`${formatGroup(pair.a)} - ${formatGroup(pair.b)}`}>
              <th scope="row">
                {formatGroup(pair.a)} less {formatGroup(pair.b)}
              </th>
              <td className="num">{formatFigure(pair.difference, metric, 'signed')}</td>
              <td className="num">{formatFigureBounds(pair, metric, 'signed') || '–'}</td>
              <td className="num">{formatP(pair.adjusted)}</td>
              <td>{describePairVerdict(pair, metric)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {pairs.length > pairsShown && (
        <p className={styles['method']}>
          The {pairsShown} surest of {formatCount(pairs.length)} pairs; all stand in evenhand fairness --json.
        </p>
      )}
    </ScrollRegion>
  )
}

const pairsShown = 100

function formatP(p: number | null): string {
  if (p === null) return '–'
  return p < 0.0001 ? '<0.0001' : p.toFixed(4)
}
