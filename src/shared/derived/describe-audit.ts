import type { DatasetAudit, DiversityAudit, ParityAudit, SkinAudit } from '#shared/contract/audit.contract.ts'
import type { CrossResult, GroupLabels } from '#shared/contract/fairness.contract.ts'
import {
  auditMeasures,
  skinLeftOuts,
  skinReasons,
  smallCell,
  titleOfAxis,
  wantedImages,
} from '#shared/domain/audit-measures.ts'
import { formatCount, formatEstimate, formatShare } from '#shared/domain/format.ts'

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
    const { title, unit, criterion } = auditMeasures[measure]
    for (const { group, q1, median, q3, n, people, typical } of groups) {
      yield [name, criterion, axis, group, `${title}: median and quartiles`, unit, median, q1, q3, n]
      const { value, low, high } = typical
      yield [name, criterion, axis, group, `${title}: median of people`, unit, value, low, high, people]
    }
    if (test === null) continue
    const { epsilonSquared, adjusted, n } = test
    yield [
      name,
      criterion,
      axis,
      '',
      `${title}: explained by the group`,
      'epsilon squared',
      epsilonSquared,
      null,
      null,
      n,
    ]
    yield [name, criterion, axis, '', `${title}: corrected p`, '0 to 1', adjusted, null, null, n]
  }
}

function* listSkin({ name, images, skin }: DatasetAudit): Generator<Cell[]> {
  const { measured, coloured, leftOut, tones, onePerson } = skin
  yield [name, 'skin', '', '', 'images whose skin is told', 'images', measured, null, null, images]
  yield [name, 'skin', '', '', 'of those in coloured light', 'images', coloured, null, null, measured]
  for (const reason of skinLeftOuts)
    yield [
      name,
      'skin',
      '',
      '',
      `left out: ${skinReasons[reason]}`,
      'images',
      leftOut[reason],
      null,
      null,
      images,
    ]
  for (const { axis, group, usable, cells } of tones) {
    const { value, low, high, n } = usable
    yield [name, 'skin', axis ?? '', group ?? '', 'share whose skin is told', '0 to 1', value, low, high, n]
    const told = cells.reduce((sum, cell) => sum + cell.n, 0)
    for (const cell of cells) {
      const figure = `${nameTone(cell)}: share`
      yield [name, 'skin', axis ?? '', group ?? '', figure, '0 to 1', cell.value, cell.low, cell.high, told]
    }
  }
  for (const { measure, within, between, across } of onePerson?.figures ?? []) {
    const { title, unit } = auditMeasures[measure]
    const people = onePerson?.people ?? 0
    const of = (figure: string): [string, string, string, string, string] => [
      name,
      'skin',
      'person',
      '',
      figure,
    ]
    yield [...of(`${title}: spread within people`), unit, within.value, within.low, within.high, people]
    yield [...of(`${title}: spread between people`), unit, between, null, null, people]
    yield [...of(`${title}: people on both sides`), '0 to 1', across.value, across.low, across.high, across.n]
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

const labelOfCrossing = ({ learnedOn, name }: CrossResult['models'][number]): string =>
  learnedOn === null ? name : `${name}, learned on ${learnedOn}`

/** Accuracies of models on the splits that they did and did not learn by, one a row: each with its group, interval and n. */
export function listCrossRows(crossings: readonly CrossResult[]): Cell[][] {
  return crossings.flatMap(({ task, part, models, splits, cells }) =>
    cells.flatMap(({ modelId, splitId, isOwn, overall, groups }): Cell[][] => {
      const model = models.find((one) => one.modelId === modelId)
      const split = splits.find((one) => one.splitId === splitId)
      const figure = `${task} on ${part}${isOwn ? ', learned by this split' : ''}: ${model === undefined ? '' : labelOfCrossing(model)}`
      return [{ group: {}, ...overall }, ...groups].map(({ group, value, low, high, n }) => [
        split?.name ?? '',
        'generalisation',
        Object.keys(group).join(', '),
        nameGroup(group),
        figure,
        'accuracy, 0 to 1',
        value,
        low,
        high,
        n,
      ])
    }),
  )
}

/** "gender on val of UTKFace (evaluation 3): Model, learned on FairFace 78.1% (76.0-80.1), n = 1,700" */
export function describeCrossings(crossings: readonly CrossResult[]): string[] {
  return crossings.flatMap(({ task, part, models, splits, cells }) =>
    cells.map(({ modelId, splitId, evaluationId, isOwn, trainedOn, overall }) => {
      const model = models.find((one) => one.modelId === modelId)
      const split = splits.find((one) => one.splitId === splitId)
      const seen = (trainedOn ?? 0) > 0 ? `, ${formatCount(trainedOn ?? 0)} of them learned from` : ''
      const learned = isOwn ? ' (learned by this split)' : ''
      return `${task} on ${part} of ${split?.name ?? ''}, evaluation ${evaluationId}: ${model === undefined ? '' : labelOfCrossing(model)} ${formatEstimate(overall)}${seen}${learned}`
    }),
  )
}

/** Every figure of some data sets, each with its group, unit, interval and n. */
export function listAuditRows(datasets: readonly DatasetAudit[]): Cell[][] {
  return datasets.flatMap((dataset) => [
    ...listParity(dataset),
    ...listGranularity(dataset),
    ...listDiversity(dataset),
    ...listSkin(dataset),
    ...listScale(dataset),
  ])
}

export const nameTone = ({
  tone,
  hue,
}: Pick<SkinAudit['tones'][number]['cells'][number], 'tone' | 'hue'>): string => `${tone} and ${hue}`

/** "Told of 5,120 of 5,894 images; left out: 310 of one hue or none, 464 no face found" */
export function describeSkinCoverage({ images, skin }: DatasetAudit): string {
  const { measured, coloured, leftOut } = skin
  const reasons = skinLeftOuts.flatMap((reason) =>
    leftOut[reason] === 0 ? [] : [`${formatCount(leftOut[reason])} ${skinReasons[reason]}`],
  )
  const left = reasons.length === 0 ? '' : `; left out: ${reasons.join(', ')}`
  const light =
    coloured === 0
      ? ''
      : ` ${formatCount(coloured)} of those told stand in coloured light, which no figure takes out.`
  return `Told of ${formatCount(measured)} of ${formatCount(images)} images${left}.${light}`
}

/** How far pictures of one person differ, or that nobody has two. */
export function describeOnePerson({ skin: { onePerson } }: DatasetAudit): string[] {
  if (onePerson === null)
    return [
      'Nobody known has two pictures whose skin is told, so that what is the light cannot be told from what is the person.',
    ]
  return onePerson.figures.map(({ measure, within, between, across }) => {
    const { title, unit } = auditMeasures[measure]
    const bounds =
      within.low === null || within.high === null
        ? ''
        : ` (${formatMeasure(within.low)}-${formatMeasure(within.high)})`
    const people =
      between === null || within.value === null
        ? ''
        : `, between people ${formatMeasure(between)}, so that people are ${formatShare(between ** 2 / (between ** 2 + within.value ** 2))} of the variance`
    return (
      `${title} (${unit.split(',')[0] ?? ''}): standard deviation among pictures of one person ${formatMeasure(within.value)}${bounds}${people}; ` +
      `of the people, ${formatEstimate(across)}, have pictures on both sides of the threshold (${formatCount(onePerson.images)} pictures)`
    )
  })
}

/** "race Black: light 31.2 %, ..." with the share of each group that is light and that is yellow */
export function describeTones({ skin }: DatasetAudit): string[] {
  return skin.tones.flatMap(({ axis, group, people, cells, usable }) => {
    const n = cells.reduce((sum, cell) => sum + cell.n, 0)
    if ((axis !== null && axis !== 'race') || usable.n === 0) return []
    const name = group === null ? 'all' : group
    const counted = `n = ${formatCount(n)} of ${formatCount(usable.n)}, ${formatCount(people)} people or sets of copies`
    if (n < smallCell) return [`${name}: too few (${counted})`]
    const shares = cells.map((cell) => {
      const share = cell.value === null ? '–' : formatShare(cell.value)
      const bounds =
        cell.low === null || cell.high === null ? '' : ` (${formatShare(cell.low)}-${formatShare(cell.high)})`
      return `${nameTone(cell)} ${share}${bounds}`
    })
    return [`${name}: ${shares.join(', ')}; ${counted}`]
  })
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

/** Whether skin, quality and background were measured of any image. */
export const isPortrayed = ({ images, skin }: DatasetAudit): boolean =>
  skin.leftOut.unmeasured + skin.leftOut.unreadable < images

export const notScanned = 'nothing but the size of pictures is measured before a scan'
