import type { Estimate } from '#shared/domain/intervals.ts'
import type {
  RunComparison,
  RunDetail,
  RunEstimate,
  RunSummary,
  SweepResults,
  TrainResult,
  ValidationResult,
} from '#shared/contract/run.contract.ts'
import { formatCount, formatDuration, formatEstimate, formatShare } from '#shared/domain/format.ts'
import { tasks, type Task } from '#shared/domain/tasks.ts'
import { describeQuickLook } from '#shared/derived/describe-quick-look.ts'
import { describeChoice, listChoices } from '#shared/derived/compare-choices.ts'
import { titleOfChoice } from '#shared/contract/train-choices.ts'
import { formatTable, type Column } from '../table.ts'

type Measured = ValidationResult[Task] | undefined

const formatYears = (years: { readonly mae: number; readonly n: number }): string =>
  `mean error ${years.mae.toFixed(2)} years, n = ${formatCount(years.n)}`

function describeMeasured(measured: Measured): string {
  if (measured === null || measured === undefined) return ''
  const years = 'years' in measured ? measured.years : null
  const accuracy = formatEstimate(measured.accuracy)
  return years === null ? accuracy : `${accuracy}; ${formatYears(years)}`
}

const taskColumns = <Row extends { readonly best: ValidationResult | null }>(): Column<Row>[] =>
  tasks.map((task) => ({
    title: `${task} (validation)`,
    cell: ({ best }: Row) => describeMeasured(best?.[task]),
  }))

const gigabytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(bytes < 2 ** 30 ? 2 : 1)} GB`

export function describeTraining(result: TrainResult): string {
  const lines = tasks.flatMap((task) => {
    const measured = result.validation[task]
    if (measured === null) return []
    const years = 'years' in measured ? measured.years : null
    const accuracy: Estimate = measured.accuracy
    return [{ task, text: formatEstimate(accuracy), years: years === null ? '' : formatYears(years) }]
  })
  const hasYears = lines.some(({ years }) => years !== '')
  const table = formatTable(lines, [
    { title: 'task', cell: ({ task }) => task },
    { title: 'validation accuracy (95% interval)', cell: ({ text }) => text },
    ...(hasYears ? [{ title: 'in years', cell: ({ years }: { years: string }) => years }] : []),
  ])
  const speed = `${formatDuration(result.seconds)}, ${result.imagesPerSecond.toFixed(0)} images/s`
  return `Run ${result.runId}, model ${result.modelId}: best epoch ${result.bestEpoch}, ${speed}\n${table}`
}

export function describeEstimate(estimate: RunEstimate): string {
  const { images, steps, seconds, imagesPerSecond, basis, memoryBytes, memoryBasis, diskBytes } = estimate
  const speed = imagesPerSecond === null ? '' : ` at ${imagesPerSecond.toFixed(1)} images/s`
  const heads = tasks.filter((task) => estimate.labels[task] !== null).join(', ')
  return [
    `Images: ${formatCount(images.train)} to learn from, ${formatCount(images.validation)} to measure; ${formatCount(steps)} steps`,
    `Heads: ${heads}`,
    `Time: ${seconds === null ? 'not known' : `about ${formatDuration(seconds)}${speed}`}. ${basis}`,
    `Memory: ${memoryBytes === null ? 'not known' : `about ${gigabytes(memoryBytes)}`}. ${memoryBasis}`,
    `Disk: about ${gigabytes(diskBytes)}`,
    ...describeQuickLook(estimate),
    ...estimate.notes,
  ].join('\n')
}

export function describeRuns(runs: readonly RunSummary[]): string {
  return formatTable(runs, [
    { title: 'id', cell: ({ id }) => String(id), alignRight: true },
    { title: 'name', cell: ({ name, archived }) => (archived ? `${name} (archived)` : name) },
    {
      title: 'state',
      cell: ({ state, queuePosition }) => (queuePosition === null ? state : `${state} (${queuePosition})`),
    },
    { title: 'arch', cell: ({ config: { arch, inputSize } }) => `${arch}@${inputSize}` },
    { title: 'epochs', cell: (row) => `${row.epochsDone}/${row.config.epochs}`, alignRight: true },
    { title: 'time', cell: ({ seconds }) => formatDuration(seconds), alignRight: true },
    ...taskColumns<RunSummary>(),
    { title: 'tags', cell: ({ tags }) => tags.join(', ') },
  ])
}

const section = (title: string, text: string): string[] => (text === '' ? [] : ['', title, text])

export function describeRun(run: RunDetail): string {
  const { id, name, state, error, engine, device, codeVersion, counts, data, checkpoints } = run
  const speed = run.imagesPerSecond === null ? '' : `, ${run.imagesPerSecond.toFixed(1)} images/s`
  const memory = run.peakMemoryBytes === null ? '' : `, at most ${gigabytes(run.peakMemoryBytes)} of memory`
  const best = run.bestEpoch === null ? 'no epoch finished' : `best epoch ${run.bestEpoch}`
  const images = `${formatCount(counts.train)} images to learn from, ${formatCount(counts.validation)} to measure`
  const results = formatTable(
    tasks.filter((task) => run.best?.[task]),
    [
      { title: 'task', cell: (task) => task },
      { title: 'validation accuracy (95% interval)', cell: (task) => describeMeasured(run.best?.[task]) },
    ],
  )
  const choices = formatTable(
    [...listChoices(run.config)].map(([path, choice]) => ({ path, value: describeChoice(choice) })),
    [
      { title: 'choice', cell: ({ path }) => titleOfChoice(path) },
      { title: 'value', cell: ({ value }) => value },
      { title: 'field', cell: ({ path }) => path },
    ],
  )
  const files = checkpoints.map(
    ({ kind, epoch, bytes, at }) =>
      `${epoch === null ? kind : `epoch ${epoch}`}: ${gigabytes(bytes)}, written ${at}`,
  )
  return [
    `${name} (run ${id}), ${state}${error === null ? '' : `: ${error}`}`,
    `${run.epochsDone} of ${run.config.epochs} epochs, ${best}, ${formatDuration(run.seconds)}${speed}${memory}`,
    `${engine} on ${device}${codeVersion === null ? '' : `, Evenhand ${codeVersion}`}`,
    `${images}; split hash ${run.splitHash.slice(0, 12)}, data hash ${run.dataHash?.slice(0, 12) ?? 'not kept'}`,
    ...(data === null ? [] : [`validation images: hash ${data.validation.sha256.slice(0, 12)}`]),
    ...section('Results', run.best === null ? '' : results),
    ...section('Notes', [...run.notes, ...(run.userNotes === '' ? [] : [run.userNotes])].join('\n')),
    ...section('Tags', run.tags.join(', ')),
    ...section('Checkpoints', files.join('\n')),
    ...section('Choices', choices),
  ].join('\n')
}

export function describeComparison({ runs, fields, warnings, curves }: RunComparison): string {
  const results = formatTable(runs, [
    { title: 'id', cell: ({ id }) => String(id), alignRight: true },
    { title: 'name', cell: ({ name }) => name },
    { title: 'state', cell: ({ state }) => state },
    { title: 'best epoch', cell: ({ bestEpoch }) => String(bestEpoch ?? '–'), alignRight: true },
    ...taskColumns<RunComparison['runs'][number]>(),
  ])
  const differences = formatTable(fields, [
    { title: 'choice', cell: ({ title }) => title },
    ...runs.map(({ id }, index) => ({
      title: `run ${id}`,
      cell: ({ values }: RunComparison['fields'][number]) => values[index] ?? '–',
    })),
  ])
  return [
    ...warnings.map((warning) => `Warning: ${warning}`),
    results,
    '',
    fields.length === 0 ? 'Their choices are the same.' : differences,
    ...curves.map(
      ({ id, name, tags }) => `Imported curves ${id} (${name}): ${tags.map(({ tag }) => tag).join(', ')}`,
    ),
  ].join('\n')
}

export function describeSweep({ sweep, axes, rows, metric }: SweepResults): string {
  type Row = SweepResults['rows'][number]
  const formatScore = (score: number): string =>
    metric === 'ageMae' ? `${score.toFixed(2)} years` : formatShare(score)
  const table = formatTable(rows, [
    { title: 'run', cell: ({ id }) => String(id), alignRight: true },
    ...axes.map(({ title }, index) => ({ title, cell: ({ values }: Row) => values[index] ?? '–' })),
    { title: 'state', cell: ({ state }) => state },
    { title: metric, cell: ({ score }) => (score === null ? '' : formatScore(score)), alignRight: true },
    ...taskColumns<Row>(),
    { title: 'time', cell: ({ seconds }) => formatDuration(seconds), alignRight: true },
  ])
  return `${sweep.name} (sweep ${sweep.id}), best first by ${metric}\n${table}`
}
