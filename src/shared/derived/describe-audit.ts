import type { DatasetAudit, DiversityAudit, ParityAudit } from '#shared/contract/audit.contract.ts'
import type { GroupLabels } from '#shared/contract/fairness.contract.ts'
import { auditMeasures, smallCell, titleOfAxis, wantedImages } from '#shared/domain/audit-measures.ts'
import { formatCount, formatEstimate } from '#shared/domain/format.ts'

type Cell = string | number | null

/** The columns of the table that holds every figure of an audit, one a row. */
export const auditColumns = [
  'dataset',
  'criterion',
  'by',
  'group',
  'figure',
  'unit',
  'value',
  'low',
  'high',
  'n',
] as const

const nameGroup = (group: GroupLabels): string => Object.values(group).join(', ')

function* listParity({ name, parity }: DatasetAudit): Generator<Cell[]> {
  for (const { axis, labelled, entropy, minMaxRatio, shares, empty, small, groups } of parity) {
    const by = titleOfAxis(axis)
    const of = (figure: string, { value, low, high }: ParityAudit['entropy']): Cell[] => [
      name,
      'parity',
      by,
      '',
      figure,
      '0 to 1',
      value,
      low,
      high,
      labelled,
    ]
    yield of('normalised entropy', entropy)
    yield of('smallest over largest group', minMaxRatio)
    yield [name, 'parity', by, '', 'groups without an image', `of ${groups}`, empty, null, null, labelled]
    yield [
      name,
      'parity',
      by,
      '',
      `groups below ${smallCell} images`,
      `of ${groups}`,
      small,
      null,
      null,
      labelled,
    ]
    for (const { group, n, value, low, high } of shares) {
      yield [name, 'parity', by, nameGroup(group), 'images', 'images', n, null, null, labelled]
      yield [name, 'parity', by, nameGroup(group), 'share of images', '0 to 1', value, low, high, labelled]
    }
  }
}

function* listGranularity({ name, granularity }: DatasetAudit): Generator<Cell[]> {
  const { labels, exactYears, heaping, agreement, distinctYears } = granularity
  for (const { task, classes, used, missing } of labels) {
    yield [name, 'granularity', task, '', 'labels in use', `of ${classes}`, used, null, null, missing.n]
    yield [
      name,
      'granularity',
      task,
      '',
      'without a label',
      '0 to 1',
      missing.value,
      missing.low,
      missing.high,
      missing.n,
    ]
  }
  const { value, low, high, n } = exactYears
  yield [name, 'granularity', 'age', '', 'age in years', '0 to 1', value, low, high, n]
  const withYears = Math.round((value ?? 0) * n)
  yield [name, 'granularity', 'age', '', 'distinct years', 'years', distinctYears, null, null, withYears]
  if (heaping !== null)
    yield [
      name,
      'granularity',
      'age',
      '',
      "Whipple's index",
      '100 to 500',
      heaping.value,
      heaping.low,
      heaping.high,
      heaping.n,
    ]
  for (const { kind, task, alike } of agreement) {
    const figure = kind === 'copies' ? 'copies labelled alike' : 'people labelled alike'
    yield [name, 'granularity', task, '', figure, '0 to 1', alike.value, alike.low, alike.high, alike.n]
  }
}

function* listDiversity({ name, diversity }: DatasetAudit): Generator<Cell[]> {
  for (const { measure, axis, groups, test } of diversity) {
    const { title, unit } = auditMeasures[measure]
    for (const { group, q1, median, q3, n } of groups)
      yield [name, 'diversity', axis, group, `${title}: median and quartiles`, unit, median, q1, q3, n]
    if (test === null) continue
    const { epsilonSquared, adjusted, n } = test
    yield [
      name,
      'diversity',
      axis,
      '',
      `${title}: explained by the group`,
      'epsilon squared',
      epsilonSquared,
      null,
      null,
      n,
    ]
    yield [name, 'diversity', axis, '', `${title}: corrected p`, '0 to 1', adjusted, null, null, n]
  }
}

function* listScale({ name, scale }: DatasetAudit): Generator<Cell[]> {
  const { images, people, known, imagesPerPerson } = scale
  yield [name, 'scale', '', '', 'images', 'images', images, null, null, images]
  yield [name, 'scale', '', '', 'people, copies of nobody known as one', 'people', people, null, null, images]
  yield [
    name,
    'scale',
    '',
    '',
    'images whose person the data set names',
    'images',
    known.dataset,
    null,
    null,
    images,
  ]
  yield [
    name,
    'scale',
    '',
    '',
    'images whose person was inferred',
    'images',
    known.inferred,
    null,
    null,
    images,
  ]
  if (imagesPerPerson !== null)
    yield [
      name,
      'scale',
      '',
      '',
      'median of images of a known person',
      'images',
      imagesPerPerson.median,
      null,
      null,
      imagesPerPerson.people,
    ]
}

/** Every figure of some data sets, each with its group, unit, interval and n. */
export function listAuditRows(datasets: readonly DatasetAudit[]): Cell[][] {
  return datasets.flatMap((dataset) => [
    ...listParity(dataset),
    ...listGranularity(dataset),
    ...listDiversity(dataset),
    ...listScale(dataset),
  ])
}

const formatBounded = ({ value, low, high }: ParityAudit['entropy']): string => {
  if (value === null) return 'not known'
  const bounds = low === null || high === null ? '' : ` (${low.toFixed(3)}-${high.toFixed(3)})`
  return `${value.toFixed(3)}${bounds}`
}

/** "race: entropy 0.884, smallest to largest 0.112 (0.104-0.121): Others to White; n = 5,894" */
export function describeParity(parity: ParityAudit): string {
  const { axis, labelled, unlabelled, entropy, minMaxRatio, least, most, empty, small, groups } = parity
  const title = titleOfAxis(axis)
  if (labelled === 0) return `${title}: no image is labelled.`
  const isEven = minMaxRatio.value === 1
  const ends =
    least === null || most === null
      ? ''
      : isEven
        ? ', all equal'
        : `: ${nameGroup(least)} to ${nameGroup(most)}`
  const gaps = [
    ...(empty > 0 ? [`${formatCount(empty)} empty`] : []),
    ...(small > 0 ? [`${formatCount(small)} below ${smallCell} images`] : []),
  ]
  return (
    `${title}: entropy ${formatBounded(entropy)}, smallest to largest ${formatBounded(minMaxRatio)}${ends}; ` +
    `${formatCount(groups)} groups${gaps.length > 0 ? `, ${gaps.join(', ')}` : ''}; n = ${formatCount(labelled)}` +
    `${unlabelled > 0 ? `, ${formatCount(unlabelled)} without the labels` : ''}.`
  )
}

/** How large it is, in images and in people, and who says who is who. */
export function describeScale({ scale }: DatasetAudit): string {
  const { images, isLarge, people, known, imagesPerPerson } = scale
  const wanted = `${isLarge ? 'more' : 'not more'} than the ${formatCount(wantedImages)} that the method asks for`
  const whose = [
    ...(known.dataset > 0 ? [`${formatCount(known.dataset)} named by the data set`] : []),
    ...(known.inferred > 0 ? [`${formatCount(known.inferred)} inferred`] : []),
    ...(known.unknown > 0 ? [`${formatCount(known.unknown)} of nobody known`] : []),
  ].join(', ')
  const each =
    imagesPerPerson === null
      ? ''
      : ` A known person has ${imagesPerPerson.median} (median), at most ${formatCount(imagesPerPerson.most)}.`
  return `${formatCount(images)} images, ${wanted}, of ${formatCount(people)} people or sets of copies (${whose}).${each}`
}

/** How fine the labels are, and how sure. */
export function describeGranularity({ granularity }: DatasetAudit): string[] {
  const { labels, exactYears, distinctYears, heaping, agreement } = granularity
  return [
    ...labels.map(
      ({ task, classes, used, missing }) =>
        `${task}: ${used} of ${classes} labels in use, missing ${formatEstimate(missing)}`,
    ),
    `age in years: ${formatEstimate(exactYears)}, ${formatCount(distinctYears)} distinct`,
    ...(heaping === null
      ? []
      : [
          `Whipple's index of rounded ages: ${formatHeaping(heaping)} (100: nobody rounds to 0 or 5, 500: all do)`,
        ]),
    ...agreement.flatMap(({ kind, task, alike }) =>
      alike.n === 0
        ? []
        : [
            `${kind === 'copies' ? 'copies' : 'pictures of one person'} with one ${task}: ${formatEstimate(alike)}`,
          ],
    ),
  ]
}

export const formatHeaping = ({
  value,
  low,
  high,
  n,
}: NonNullable<DatasetAudit['granularity']['heaping']>): string =>
  value === null
    ? '–'
    : `${value.toFixed(0)}${low === null || high === null ? '' : ` (${low.toFixed(0)}-${high.toFixed(0)})`}, n = ${formatCount(n)}`

/** A figure of a measure in about three digits. */
export const formatMeasure = (value: number | null): string =>
  value === null ? '–' : Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3)

/** What differs most between groups and is no chance: by the share of the spread that the groups explain. */
export function listDifferences({ diversity }: DatasetAudit): DiversityAudit[] {
  return diversity
    .filter(({ test }) => test !== null && test.adjusted < 0.05)
    .toSorted((a, b) => (b.test?.epsilonSquared ?? 0) - (a.test?.epsilonSquared ?? 0))
}

/** "Face size by race: groups explain 4.1 % of the spread (p < 0.001, 5,700 people); White 112, Indian 96 pixels" */
export function describeDifference({ measure, axis, groups, test }: DiversityAudit): string {
  const { title, unit } = auditMeasures[measure]
  const known = groups
    .flatMap(({ group, median, n }) => (median === null || n < smallCell ? [] : [{ group, median, n }]))
    .toSorted((a, b) => a.median - b.median)
  const [lowest, highest] = [known[0], known.at(-1)]
  const ends =
    lowest === undefined || highest === undefined || lowest === highest
      ? ''
      : `; median from ${formatMeasure(lowest.median)} (${lowest.group}, n = ${formatCount(lowest.n)}) to ` +
        `${formatMeasure(highest.median)} (${highest.group}, n = ${formatCount(highest.n)}), ${unit}`
  if (test === null) return `${title} by ${axis}: not measured${ends}`
  const p = test.adjusted < 0.001 ? 'p < 0.001' : `p ${test.adjusted.toFixed(3)}`
  return (
    `${title} by ${axis}: groups explain ${(test.epsilonSquared * 100).toFixed(1)}% of the spread ` +
    `(${p}, ${formatCount(test.n)} people or sets of copies)${ends}`
  )
}

/** Whether a scan has measured anything; the size of a picture is known without one. */
export const isScanned = ({ diversity }: DatasetAudit): boolean =>
  diversity.some(({ measure, all }) => measure !== 'shortSide' && all.n > 0)

export const notScanned = 'nothing but the size of pictures is measured before a scan'
