import { Button, NativeSelect, Skeleton } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { EvaluationId, JobId } from '#shared/contract/base.contract.ts'
import {
  mapGrouping,
  type GroupMap,
  type GroupMapComparison,
  type GroupMaps,
} from '#shared/contract/group-maps.contract.ts'
import type { Task } from '#shared/domain/tasks.ts'
import { formatCategory } from '#renderer/components/format.ts'
import { JobProgress } from '#renderer/components/job-progress.tsx'
import { NoteList } from '#renderer/components/note-list.tsx'
import { showFailure } from '#renderer/components/notices.ts'
import { Panel } from '#renderer/components/panel.tsx'
import { downloadSvgAsPng, downloadText } from '#renderer/components/plot/download.ts'
import { Quiet } from '#renderer/components/quiet.tsx'
import { ErrorState } from '#renderer/components/states.tsx'
import { taskTitles } from '#renderer/components/task-words.ts'
import { isJobActive } from '#renderer/engine/engine-events.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { useJobs } from '#renderer/engine/use-jobs.ts'
import { GroupMapsForm } from './group-maps-form.tsx'
import { GroupMapGrid } from './group-map-grid.tsx'
import {
  countGroup,
  describeDeals,
  describeDifference,
  describeStock,
  findMost,
  groupMapNotes,
  markCells,
  titleGroupMaps,
} from '#shared/derived/describe-group-maps.ts'
import { describeScale, drawGroupMapsSvg } from '#shared/derived/group-maps-svg.ts'
import styles from './explain.module.css'

export interface GroupMapsPanelProps {
  readonly evaluationId: EvaluationId
  readonly task: Task
}

/** Where the model looks on average, by group: begun as a job, kept in the project, shown side by side. */
export function GroupMapsPanel({ evaluationId, task }: GroupMapsPanelProps) {
  const api = useApi()
  const { jobs } = useJobs()
  const made = useQuery(api.groupMaps.list.queryOptions())
  const create = useMutation(api.groupMaps.create.mutationOptions())
  const title = titleGroupMaps(evaluationId)
  const running = jobs.find(
    (job) => job.kind === 'group-maps' && job.title === title && isJobActive(job.state),
  )
  const newest = made.data?.maps.find((one) => one.evaluationId === evaluationId)
  return (
    <Panel title="Where the model looks, by group">
      {running === undefined ? (
        <GroupMapsForm
          action={newest === undefined ? 'Make the maps' : 'Make them again'}
          isPending={create.isPending}
          onMake={(choices) => create.mutate({ evaluationId, choices })}
        />
      ) : (
        <JobProgress job={running} />
      )}
      {create.error !== null && <ErrorState error={create.error} compact />}
      {made.error !== null && <ErrorState error={made.error} compact />}
      {made.isPending && <Skeleton h={120} />}
      {made.data !== undefined && newest === undefined && running === undefined && (
        <Quiet>No average maps of this evaluation yet.</Quiet>
      )}
      {made.data !== undefined && made.data.faulty.length > 0 && (
        <NoteList
          label="Stored maps that are not shown"
          notes={made.data.faulty.map(({ reason }) => reason)}
        />
      )}
      {newest !== undefined && <Made jobId={newest.jobId} task={task} />}
    </Panel>
  )
}

function Made({ jobId, task }: { readonly jobId: JobId; readonly task: Task }) {
  const api = useApi()
  const [by, setBy] = useState<GroupMapComparison['by']>('race')
  const found = useQuery(api.groupMaps.get.queryOptions({ input: { jobId } }))
  if (found.error !== null) return <ErrorState error={found.error} compact />
  if (found.data === undefined) return <Skeleton h={240} />
  const maps = found.data
  const comparison = maps.tasks.find((one) => one.task === task && one.by === by)
  const deals = comparison === undefined ? null : describeDeals(comparison)
  const name = `group-maps-${maps.jobId}-${task}-${by}`
  return (
    <>
      <div className={styles['controls']}>
        <NativeSelect
          label="Groups by"
          size="xs"
          value={by}
          onChange={(event) => setBy(mapGrouping.parse(event.currentTarget.value))}
          data={mapGrouping.options.map((value) => ({ value, label: formatCategory(value) }))}
        />
        <Button
          size="xs"
          variant="default"
          leftSection={<IconDownload size={14} aria-hidden />}
          onClick={() =>
            downloadText(`${JSON.stringify(maps, null, 1)}\n`, {
              name: `group-maps-${maps.jobId}.json`,
              type: 'application/json',
            })
          }
        >
          Save as JSON
        </Button>
        {comparison !== undefined && (
          <>
            <Button
              size="xs"
              variant="default"
              leftSection={<IconDownload size={14} aria-hidden />}
              onClick={() =>
                downloadText(drawGroupMapsSvg(maps, comparison), {
                  name: `${name}.svg`,
                  type: 'image/svg+xml',
                })
              }
            >
              Save as SVG
            </Button>
            <Button
              size="xs"
              variant="default"
              leftSection={<IconDownload size={14} aria-hidden />}
              onClick={() => {
                downloadSvgAsPng(drawGroupMapsSvg(maps, comparison), `${name}.png`).catch(showFailure)
              }}
            >
              Save as PNG
            </Button>
          </>
        )}
      </div>
      <p className={styles['stock']}>
        {taskTitles[task]}. {describeStock(maps)}
        {deals !== null && ` ${deals}`}
      </p>
      {comparison !== undefined && <Groups comparison={comparison} maps={maps} />}
      <NoteList label="What these maps show" notes={[...groupMapNotes, ...maps.notes]} />
    </>
  )
}

function Groups({ comparison, maps }: { readonly comparison: GroupMapComparison; readonly maps: GroupMaps }) {
  const { cells } = maps
  const shown = comparison.groups.filter(({ images }) => images > 0)
  const most = findMost(shown.map(({ mean }) => mean))
  const mostDifference = findMost(shown.map(({ difference }) => difference))
  return (
    <>
      <p className={styles['scale']}>{describeScale(most, mostDifference)}</p>
      <ul className={styles['groups']} aria-label="Maps of the groups">
        {shown.map((group) => (
          <li key={group.group}>
            <h3>{formatCategory(group.group)}</h3>
            <p>{countGroup(group)}</p>
            <GroupFigures group={group} cells={cells} most={most} mostDifference={mostDifference} />
            <p>{describeDifference(group, comparison)}</p>
          </li>
        ))}
      </ul>
    </>
  )
}

interface GroupFiguresProps {
  readonly group: GroupMap
  readonly cells: number
  readonly most: number
  readonly mostDifference: number
}

function GroupFigures({ group, cells, most, mostDifference }: GroupFiguresProps) {
  const name = formatCategory(group.group)
  const { mean, difference } = group
  return (
    <div className={styles['pair']}>
      {mean !== null && (
        <figure>
          <GroupMapGrid values={mean} cells={cells} most={most} label={`Mean map of ${name}`} />
          <figcaption>Mean</figcaption>
        </figure>
      )}
      {difference !== null && (
        <figure>
          <GroupMapGrid
            values={difference}
            cells={cells}
            most={mostDifference}
            marked={markCells(group)}
            label={`${name} less all others, cells beyond chance framed`}
          />
          <figcaption>Less all others</figcaption>
        </figure>
      )}
    </div>
  )
}
