import { Button, Slider } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query'
import { useCallback, useState } from 'react'
import type { CheckPreview, CheckSummary } from '#shared/contract/check.contract.ts'
import { checksByGrouping, groupingCheck } from '#shared/domain/checks.ts'
import { formatCount, formatShare } from '#shared/domain/format.ts'
import { Quiet } from '#renderer/components/quiet.tsx'
import { ErrorState } from '#renderer/components/states.tsx'
import { Plot } from '#renderer/components/plot/plot.tsx'
import type { PlotColors } from '#renderer/components/plot/plot-figure.ts'
import { Thumb } from '#renderer/components/thumb.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { describeTile } from './stage.tsx'
import type { CurateSearch, LabelFacet } from './curate-search.ts'
import { scoreFigure } from './figures/score-figure.ts'
import { GroupRates } from './group-rates.tsx'
import styles from './cut-panel.module.css'

const bins = 50
const examplesShown = 8
/** A preview is asked for once the slider rests. */
const restMs = 150

export interface CutPanelProps {
  readonly summary: CheckSummary
  /** Of the image in view. */
  readonly score: number | null
  readonly search: CurateSearch
  readonly onToggle: (facet: LabelFacet, value: string | null) => void
}

/** Where the check flags, what another cut would catch, and whom it catches. */
export function CutPanel({ summary, score, search, onToggle }: CutPanelProps) {
  const api = useApi()
  const check = summary.id
  const [draft, setDraft] = useState<number | null>(null)
  const [asked] = useDebouncedValue(draft, restMs)
  const histogram = useQuery(api.check.histogram.queryOptions({ input: { check, bins } }))
  const preview = useQuery(
    api.check.preview.queryOptions({
      input: { check, cut: asked, examples: examplesShown },
      placeholderData: keepPreviousData,
    }),
  )
  const scan = useMutation(api.scan.start.mutationOptions())
  const setCut = useMutation(
    api.check.setCut.mutationOptions({
      onSuccess: () => {
        setDraft(null)
        if (check === groupingCheck) scan.mutate({ checks: checksByGrouping })
      },
    }),
  )
  const cut = draft ?? summary.cut
  const spread = histogram.data
  const figure = useCallback(
    (colors: PlotColors) =>
      scoreFigure(
        { histogram: spread ?? { edges: [0, 1], counts: [0], cut: null, n: 0 }, cut, score },
        colors,
      ),
    [spread, cut, score],
  )
  const failure = histogram.error ?? preview.error ?? setCut.error ?? scan.error
  return (
    <section aria-label="Cut" className={styles['cut']}>
      {failure !== null && <ErrorState error={failure} compact />}
      {spread !== undefined && spread.n > 0 && <Plot figure={figure} heightPx={120} />}
      {summary.cut === null ? (
        <Quiet>This check flags by a rule of its own and has no cut to move.</Quiet>
      ) : (
        <>
          <Slider
            thumbLabel="Cut of this check"
            size={4}
            min={0}
            max={1}
            step={0.01}
            label={(value) => value.toFixed(2)}
            value={cut ?? 0}
            onChange={setDraft}
            className={styles['slider']}
          />
          <CutActions
            summary={summary}
            draft={draft}
            isBusy={setCut.isPending}
            onApply={(value) => setCut.mutate({ check, cut: value })}
            onForget={() => setDraft(null)}
          />
        </>
      )}
      {preview.data !== undefined && (
        <>
          <output className={styles['caught']} aria-live="polite">
            {draft === null ? 'Flags' : 'Would flag'} {formatCount(preview.data.flagged)} of{' '}
            {formatCount(preview.data.n)} images
            {preview.data.n > 0 && ` (${formatShare(preview.data.flagged / preview.data.n)})`}
          </output>
          {draft !== null && <Examples preview={preview.data} />}
          <GroupRates preview={preview.data} search={search} onToggle={onToggle} />
        </>
      )}
    </section>
  )
}

interface CutActionsProps {
  readonly summary: CheckSummary
  readonly draft: number | null
  readonly isBusy: boolean
  readonly onApply: (cut: number | null) => void
  readonly onForget: () => void
}

function CutActions({ summary, draft, isBusy, onApply, onForget }: CutActionsProps) {
  const { cut, defaultCut } = summary
  return (
    <div className={styles['actions']}>
      <span>
        Cut {(draft ?? cut ?? 0).toFixed(2)}
        {draft !== null && cut !== null && `, now ${cut.toFixed(2)}`}
      </span>
      {draft !== null && draft !== cut && (
        <>
          <Button size="compact-xs" loading={isBusy} onClick={() => onApply(draft)}>
            Use this cut
          </Button>
          <Button size="compact-xs" variant="default" onClick={onForget}>
            Cancel
          </Button>
        </>
      )}
      {draft === null && cut !== defaultCut && defaultCut !== null && (
        <Button size="compact-xs" variant="default" loading={isBusy} onClick={() => onApply(null)}>
          Back to {defaultCut.toFixed(2)}
        </Button>
      )}
    </div>
  )
}

/** The images nearest to the cut, on both of its sides. */
function Examples({ preview }: { readonly preview: CheckPreview }) {
  const sides = [
    { title: 'Just flagged', examples: preview.below },
    { title: 'Just not flagged', examples: preview.above },
  ]
  return sides.map(({ title, examples }) => (
    <section key={title} aria-label={title}>
      <h4>{title}</h4>
      <ul className={styles['examples']}>
        {examples.length === 0 && (
          <li className={styles['none']}>
            <Quiet>No image.</Quiet>
          </li>
        )}
        {examples.map(({ tile, score }) => (
          <li key={tile.id} title={`Score ${score.toFixed(3)}, labelled ${describeTile(tile)}`}>
            <Thumb
              imageId={tile.id}
              version={tile.thumb}
              alt={`Image ${tile.id}, score ${score.toFixed(3)}`}
            />
          </li>
        ))}
      </ul>
    </section>
  ))
}
