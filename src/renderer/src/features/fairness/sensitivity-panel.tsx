import { Anchor, Button, NumberInput, SegmentedControl, Skeleton } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useState } from 'react'
import { formatCategory } from '#renderer/components/format.ts'
import { JobProgress } from '#renderer/components/job-progress.tsx'
import { NoteList } from '#renderer/components/note-list.tsx'
import { Panel } from '#renderer/components/panel.tsx'
import type { PlotColors } from '#renderer/components/plot/plot-figure.ts'
import { Plot } from '#renderer/components/plot/plot.tsx'
import { Quiet } from '#renderer/components/quiet.tsx'
import { ScrollRegion } from '#renderer/components/scroll-region.tsx'
import { ErrorState } from '#renderer/components/states.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { isJobActive } from '#renderer/engine/engine-events.ts'
import { useJobs } from '#renderer/engine/use-jobs.ts'
import type { EvaluationId, JobId } from '#shared/contract/base.contract.ts'
import {
  changeKinds,
  sensitivityChoices,
  type ChangeKind,
  type SensitivityComparison,
  type SensitivityFigure,
} from '#shared/contract/sensitivity.contract.ts'
import {
  changeTitles,
  describeMeasured,
  describeSensitivityGap,
  titleSensitivity,
} from '#shared/derived/describe-sensitivity.ts'
import { formatBounds, formatCount, formatShare } from '#shared/domain/format.ts'
import type { Estimate } from '#shared/domain/intervals.ts'
import type { Task } from '#shared/domain/tasks.ts'
import type { AnswerSource } from './answer-sources.ts'
import { readBy } from './fairness-view.ts'
import styles from './fairness.module.css'
import { ImageStrip, imagesShown } from './group-images.tsx'
import { sensitivityFigure } from './sensitivity-view.ts'

interface SensitivityPanelProps {
  readonly source: AnswerSource
  readonly task: Task
}

/** How the answers change with the picture; nothing for answers of other systems, which cannot be asked again. */
export function SensitivityPanel({ source, task }: SensitivityPanelProps) {
  if (!('evaluationId' in source.asked)) return null
  return (
    <Panel title="When the picture changes a little">
      <Measured evaluationId={source.asked.evaluationId} task={task} source={source.description} />
    </Panel>
  )
}

interface MeasuredProps {
  readonly evaluationId: EvaluationId
  readonly task: Task
  readonly source: string
}

/** Begun as a job, kept in the project. */
function Measured({ evaluationId, task, source }: MeasuredProps) {
  const api = useApi()
  const { jobs } = useJobs()
  const listed = useQuery(api.sensitivity.list.queryOptions())
  const create = useMutation(api.sensitivity.create.mutationOptions())
  const title = titleSensitivity(evaluationId)
  const running = jobs.find(
    (job) => job.kind === 'sensitivity' && job.title === title && isJobActive(job.state),
  )
  const newest = listed.data?.results.find((one) => one.evaluationId === evaluationId)
  return (
    <>
      {running === undefined ? (
        <MeasureForm
          action={newest === undefined ? 'Measure it' : 'Measure it again'}
          isPending={create.isPending}
          onMeasure={(perGroup) =>
            create.mutate({ evaluationId, choices: sensitivityChoices.parse({ perGroup }) })
          }
        />
      ) : (
        <JobProgress job={running} />
      )}
      {create.error !== null && <ErrorState error={create.error} compact />}
      {listed.error !== null && <ErrorState error={listed.error} compact />}
      {listed.isPending && <Skeleton h={64} />}
      {listed.data !== undefined && newest === undefined && running === undefined && (
        <Quiet>
          Every picture is answered again, cropped, lighter, darker and mirrored: how many answers flip, by
          group.
        </Quiet>
      )}
      {listed.data !== undefined && listed.data.faulty.length > 0 && (
        <NoteList
          label="Stored figures that are not shown"
          notes={listed.data.faulty.map(({ reason }) => reason)}
        />
      )}
      {newest !== undefined && <Result jobId={newest.jobId} task={task} source={source} />}
    </>
  )
}

interface MeasureFormProps {
  readonly action: string
  readonly isPending: boolean
  readonly onMeasure: (perGroup: number | null) => void
}

function MeasureForm({ action, isPending, onMeasure }: MeasureFormProps) {
  const [perGroup, setPerGroup] = useState<number | null>(null)
  return (
    <form
      className={styles['controls']}
      aria-label="Of how many images sensitivity is measured"
      onSubmit={(event) => {
        event.preventDefault()
        onMeasure(perGroup)
      }}
    >
      <NumberInput
        label="Images of each race"
        placeholder="all"
        size="xs"
        w={140}
        min={1}
        max={100_000}
        allowDecimal={false}
        value={perGroup ?? ''}
        onChange={(value) => setPerGroup(typeof value === 'number' && value >= 1 ? value : null)}
      />
      <Button size="xs" variant="default" type="submit" loading={isPending}>
        {action}
      </Button>
    </form>
  )
}

function Result({ jobId, task, source }: { jobId: JobId; task: Task; source: string }) {
  const api = useApi()
  const search = useSearch({ from: '/fairness' })
  const navigate = useNavigate({ from: '/fairness' })
  const [chosen, setChosen] = useState<ChangeKind>('crop')
  const { data: result, error } = useQuery(api.sensitivity.get.queryOptions({ input: { jobId } }))
  if (error !== null) return <ErrorState error={error} compact />
  if (result === undefined) return <Skeleton h={240} />
  const [by = 'race'] = readBy(search.by)
  const kind = search.changed?.kind ?? chosen
  const comparison = result.comparisons.find((one) => one.task === task && one.by === by && one.kind === kind)
  const show = (changed: typeof search.changed) =>
    void navigate({ search: (before) => ({ ...before, changed }) })
  return (
    <>
      <SegmentedControl
        aria-label="Change of the pictures"
        size="xs"
        my={12}
        value={kind}
        onChange={(value) => {
          setChosen(changeKinds.find((one) => one === value) ?? 'crop')
          show(undefined)
        }}
        data={changeKinds.map((value) => ({ value, label: changeTitles[value] }))}
      />
      <output className={styles['said']}>{describeMeasured(result)}</output>
      {comparison !== undefined && (
        <Groups comparison={comparison} source={source} onShow={(group) => show({ kind, group })} />
      )}
      <NoteList label="What these figures show" notes={result.notes} />
      {search.changed !== undefined && comparison !== undefined && (
        <ChangedImages asked={{ jobId, task, by, ...search.changed }} onClose={() => show(undefined)} />
      )}
    </>
  )
}

interface GroupsProps {
  readonly comparison: SensitivityComparison
  readonly source: string
  readonly onShow: (group: string | undefined) => void
}

function Groups({ comparison, source, onShow }: GroupsProps) {
  const figure = useCallback((colors: PlotColors) => sensitivityFigure(comparison, colors), [comparison])
  const { by, kind, overall, groups, flipsGap, movedYearsGap } = comparison
  const drawn = groups.filter(({ flips }) => flips.value !== null).length
  const title = `Answers that flip: ${changeTitles[kind].toLowerCase()}`
  const hasYears = overall.movedYears !== null
  return (
    <>
      <p className={styles['said']}>
        Between groups: {describeSensitivityGap(flipsGap, 'share')}
        {hasYears && ` Years: ${describeSensitivityGap(movedYearsGap, 'years')}`}
      </p>
      <div className={styles['columns']}>
        {drawn > 0 && <Plot figure={figure} heightPx={88 + drawn * 26} source={source} />}
        <ScrollRegion label={title}>
          <table className="ev-table" aria-label={title}>
            <thead>
              <tr>
                <th scope="col">Labelled {by}</th>
                <th scope="col" className="num">
                  Answers that flip
                </th>
                <th scope="col" className="num">
                  n
                </th>
                <th scope="col" className="num">
                  People
                </th>
                {hasYears && (
                  <th scope="col" className="num">
                    Answer moves by
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              <Row name="All" figure={overall} onShow={() => onShow(undefined)} />
              {groups.map(({ group, ...own }) => (
                <Row key={group} name={formatCategory(group)} figure={own} onShow={() => onShow(group)} />
              ))}
            </tbody>
          </table>
        </ScrollRegion>
      </div>
    </>
  )
}

interface RowProps {
  readonly name: string
  readonly figure: SensitivityFigure
  readonly onShow: () => void
}

function Row({ name, figure: { flips, movedYears, people }, onShow }: RowProps) {
  return (
    <tr className={flips.value === null ? styles['faint'] : undefined}>
      <th scope="row">{name}</th>
      <td className="num">
        {formatShare(flips.value)}
        {flips.low !== null && flips.high !== null && ` (${formatBounds(flips.low, flips.high)})`}
      </td>
      <td className="num">
        <Anchor
          component="button"
          type="button"
          size="sm"
          aria-label={`Show the ${formatCount(flips.n)} images: ${name}`}
          onClick={onShow}
        >
          {formatCount(flips.n)}
        </Anchor>
      </td>
      <td className="num">{formatCount(people)}</td>
      {movedYears !== null && <td className="num">{formatMoved(movedYears)}</td>}
    </tr>
  )
}

function formatMoved({ value, low, high }: Estimate): string {
  if (value === null) return '–'
  const interval = low === null || high === null ? '' : ` (${low.toFixed(2)}-${high.toFixed(2)})`
  return `${value.toFixed(2)} years${interval}`
}

interface ChangedImagesProps {
  readonly asked: {
    readonly jobId: JobId
    readonly task: Task
    readonly by: SensitivityComparison['by']
    readonly kind: ChangeKind
    readonly group?: string | undefined
  }
  readonly onClose: () => void
}

/** Images whose answer flips, these first. */
function ChangedImages({ asked, onClose }: ChangedImagesProps) {
  const api = useApi()
  const { data, error } = useQuery(
    api.sensitivity.images.queryOptions({ input: { ...asked, limit: imagesShown } }),
  )
  const whose = asked.group === undefined ? '' : `, labelled ${formatCategory(asked.group)}`
  return (
    <ImageStrip
      title={`Images by what flips them: ${changeTitles[asked.kind].toLowerCase()}${whose}`}
      note={
        data === undefined
          ? undefined
          : `${formatCount(data.changed)} of ${formatCount(data.n)} flip, these first${data.n > imagesShown ? `; first ${imagesShown} shown` : ''}`
      }
      images={data?.images.map(({ answer, others, ...image }) => ({
        ...image,
        caption: [answer, ...others].map(formatCategory).join(' → '),
      }))}
      error={error}
      onClose={onClose}
    />
  )
}
