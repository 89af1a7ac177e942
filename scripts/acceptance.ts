/** `npm run acceptance`: the product as a user runs it, on real faces, checked from outside. See `usage`. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Checklist } from './acceptance/checklist.ts'
import { checkDuplicates, checkFaces } from './acceptance/curation-checks.ts'
import {
  checkFairface,
  checkKilledImport,
  checkLfw,
  checkRepeat,
  checkUtkface,
  checkUtkfaceLabels,
  type Site,
} from './acceptance/import-checks.ts'
import {
  checkEvaluation,
  checkExport,
  checkFullTraining,
  checkPredict,
  checkSameSeed,
  checkService,
  checkShortTraining,
} from './acceptance/model-checks.ts'
import { readOptions, usage, type AcceptanceOptions } from './acceptance/options.ts'
import { Product } from './acceptance/product.ts'
import { checkSplit } from './acceptance/split-checks.ts'

const short = ['--input', '32', '--epochs', '1']

async function checkData(site: Site, options: AcceptanceOptions): Promise<string | null> {
  const { oracles } = options
  const utkface = await checkUtkface(site)
  const labels = utkface && (await checkUtkfaceLabels(site, utkface))
  if (utkface !== null) {
    await checkRepeat(site, utkface)
    await checkDuplicates(site, utkface.project)
  }
  if (labels !== null) await checkSplit(site, { name: 'UTKFace', file: labels, oracles })
  const fairface = await checkFairface(site, options.isQuick)
  if (fairface !== null) await checkSplit(site, { name: 'FairFace', file: fairface, oracles })
  const lfw = await checkLfw(site)
  if (lfw !== null) {
    await checkSplit(site, { name: 'LFW', file: lfw.file, oracles })
    await checkKilledImport(site, lfw.hash)
    await checkFaces(site, options.isQuick ? 60 : 300)
  }
  return labels === null ? null : (utkface?.project ?? null)
}

async function checkModel(site: Site, project: string, options: AcceptanceOptions): Promise<void> {
  const plan = { project, split: 'all', argv: short }
  const trained = options.isFull
    ? await checkFullTraining(site, { ...plan, argv: ['--input', '64', '--epochs', '18'] })
    : await checkShortTraining(site, plan)
  if (!options.isQuick) await checkSameSeed(site, plan)
  if (trained === null) return
  const { modelId: model } = trained
  const folder = join(options.faces, 'utkface')
  const image = join(folder, readdirSync(folder).find((name) => name.endsWith('.chip.jpg')) ?? '')
  await checkEvaluation(site, project, model)
  const file = await checkExport(site, { project, model, oracles: options.oracles })
  if (file !== null) await checkPredict(site, file, image)
  await checkService(site, { project, image })
}

async function runAcceptance(options: AcceptanceOptions): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'evenhand-acceptance-'))
  const checks = new Checklist()
  const site: Site = { product: new Product(folder), faces: options.faces, checks }
  try {
    if (options.oracles === null) {
      checks.note(
        'independent Python programs (none named by --oracles and --python); leaks are recounted here instead',
      )
    }
    const project = await checkData(site, options)
    if (project !== null) await checkModel(site, project, options)
    return checks.summarise() ? 0 : 1
  } finally {
    if (options.keep) process.stdout.write(`Projects: ${folder}\n`)
    else rmSync(folder, { recursive: true, force: true })
  }
}

let options: AcceptanceOptions | null = null
try {
  options = readOptions(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}\n`)
  process.exitCode = 2
}
if (options !== null) process.exitCode = await runAcceptance(options)
