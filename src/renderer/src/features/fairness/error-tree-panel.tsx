import { Anchor, Button, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'
import { NoteList } from '#renderer/components/note-list.tsx'
import { Panel } from '#renderer/components/panel.tsx'
import type { PlotColors } from '#renderer/components/plot/plot-figure.ts'
import { Plot } from '#renderer/components/plot/plot.tsx'
import { ScrollRegion } from '#renderer/components/scroll-region.tsx'
import { EmptyState, ErrorState } from '#renderer/components/states.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import type { ErrorTreeResult } from '#shared/contract/fairness.contract.ts'
import {
  describeConditions,
  describeErrorTree,
  describeLeafState,
  formatLeafDifference,
} from '#shared/derived/describe-error-tree.ts'
import { formatBounds, formatCount, formatShare } from '#shared/domain/format.ts'
import type { Estimate } from '#shared/domain/intervals.ts'
import type { Task } from '#shared/domain/tasks.ts'
import type { AnswerSource } from './answer-sources.ts'
import { errorTreeFigure, nameLeaf } from './error-tree-view.ts'
import styles from './fairness.module.css'
import { LeafImages } from './group-images.tsx'

const seed = 1

/** Where wrong answers gather, once it is asked for. */
export function ErrorTreePanel({ source, task }: { readonly source: AnswerSource; readonly task: Task }) {
  const search = useSearch({ from: '/fairness' })
  const navigate = useNavigate({ from: '/fairness' })
  const isOpen = search.tree === true
  return (
    <Panel
      title="Where errors gather"
      actions={
        isOpen && (
          <Button
            size="compact-xs"
            variant="subtle"
            onClick={() =>
              void navigate({ search: (before) => ({ ...before, tree: undefined, leaf: undefined }) })
            }
          >
            Hide
          </Button>
        )
      }
    >
      {isOpen ? (
        <Tree source={source} task={task} />
      ) : (
        <EmptyState
          text="Which labels and qualities of pictures concentrate wrong answers: found on half of the people, and held against the other half."
          action={
            <Button onClick={() => void navigate({ search: (before) => ({ ...before, tree: true }) })}>
              Look for it
            </Button>
          }
        />
      )}
    </Panel>
  )
}

function Tree({ source, task }: { readonly source: AnswerSource; readonly task: Task }) {
  const api = useApi()
  const search = useSearch({ from: '/fairness' })
  const navigate = useNavigate({ from: '/fairness' })
  const asked = { ...source.asked, task, seed, undetected: search.undetected ?? 'counted' } as const
  const { data: result, error } = useQuery(api.fairness.errorTree.queryOptions({ input: asked }))
  if (error !== null) return <ErrorState error={error} compact />
  if (result === undefined) return <Skeleton h={240} />
  const show = (leaf: number | undefined) => void navigate({ search: (before) => ({ ...before, leaf }) })
  const open = result.leaves.find(({ leaf }) => leaf === search.leaf)
  return (
    <>
      <output className={styles['said']}>{describeErrorTree(result)}</output>
      {result.leaves.length > 0 && <Leaves result={result} source={source.description} onShow={show} />}
      <p className={styles['method']}>{result.method}</p>
      <NoteList label="About this tree" notes={result.notes} />
      {open !== undefined && (
        <LeafImages
          of={source.asked}
          task={task}
          leaf={{ leaf: open.leaf, seed, undetected: asked.undetected }}
          title={`Images of people held back: ${describeConditions(open.conditions)}`}
          onClose={() => show(undefined)}
        />
      )}
    </>
  )
}

interface LeavesProps {
  readonly result: ErrorTreeResult
  readonly source: string
  readonly onShow: (leaf: number) => void
}

function Leaves({ result, source, onShow }: LeavesProps) {
  const figure = useCallback((colors: PlotColors) => errorTreeFigure(result, colors), [result])
  const drawn = result.leaves.filter(({ held }) => held.wrong.value !== null).length
  return (
    <div className={styles['columns']}>
      {drawn > 0 && <Plot figure={figure} heightPx={88 + drawn * 26} source={source} />}
      <ScrollRegion label="Leaves of the tree of errors">
        <table className="ev-table" aria-label="Leaves of the tree of errors">
          <thead>
            <tr>
              <th scope="col">Images</th>
              <th scope="col" className="num">
                Wrong, people held back
              </th>
              <th scope="col" className="num">
                n
              </th>
              <th scope="col" className="num">
                People
              </th>
              <th scope="col" className="num">
                Less the rest, corrected
              </th>
              <th scope="col">Verdict</th>
              <th scope="col" className="num">
                As it was found
              </th>
            </tr>
          </thead>
          <tbody>
            {result.leaves.map((leaf, place) => (
              <tr key={leaf.leaf} className={leaf.state === 'confirmed' ? undefined : styles['faint']}>
                <th scope="row">
                  <span className={styles['why']}>{nameLeaf(place)}</span>{' '}
                  {describeConditions(leaf.conditions)}
                </th>
                <td className="num">{formatRate(leaf.held.wrong)}</td>
                <td className="num">
                  <Anchor
                    component="button"
                    type="button"
                    size="sm"
                    aria-label={`Show the ${formatCount(leaf.held.wrong.n)} images of ${nameLeaf(place)}`}
                    onClick={() => onShow(leaf.leaf)}
                  >
                    {formatCount(leaf.held.wrong.n)}
                  </Anchor>
                </td>
                <td className="num">{formatCount(leaf.held.people)}</td>
                <td className="num">{formatLeafDifference(leaf) || '–'}</td>
                <td className={styles['verdict']}>{describeLeafState(leaf)}</td>
                <td className="num">
                  {formatShare(leaf.grown.wrong.value)} of {formatCount(leaf.grown.wrong.n)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
    </div>
  )
}

function formatRate({ value, low, high }: Estimate): string {
  const interval = low === null || high === null ? '' : ` (${formatBounds(low, high)})`
  return `${formatShare(value)}${interval}`
}
