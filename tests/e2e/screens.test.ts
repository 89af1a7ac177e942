import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { modelId, splitId } from '#shared/contract/base.contract.ts'
import { screens } from '#renderer/app/screens.ts'
import { finishWell } from '#tests/fixtures/jobs.ts'
import { scanProject } from '#tests/fixtures/scans.ts'
import { findBrowserPath, launchBrowser } from '../../scripts/window/browser.ts'
import { makeTemporaryFolder, serveWindow, type ServedWindow } from '../../scripts/window/served-window.ts'
import { openEngine, type EngineClient } from '../fixtures/engine.ts'
import {
  emptySights,
  goToSight,
  groupFigures,
  plotted,
  sights,
  useTheme,
  waitForRest,
  type Scheme,
  type Sight,
} from './sights.ts'
import { findFaintFocus, findFaintInk } from './window-contrast.ts'
import type { MeasuredInk } from './window-ink.ts'
import { findAxeViolations, watchWindow, type WindowWatch } from './window-watch.ts'

const browserPath = findBrowserPath()
if (browserPath === null) {
  process.stderr.write(
    '\nNot run: tests/e2e/screens.test.ts (contrast and axe of every screen). Install Chromium, Chrome or Edge, or name one in CHROMIUM_PATH.\n\n',
  )
}

/** Ann removes five pictures of a queue, Bob reads them again and would keep some: there is something to settle. */
async function readTwice(client: EngineClient): Promise<void> {
  const { items } = await client.finding.queue({ check: 'greyscale', limit: 5 })
  const images = items.map(({ tile }) => tile.id)
  const seen = await Promise.all(images.map((imageId) => client.image.get({ imageId })))
  const target = { images: seen.map(({ id, revision }) => ({ imageId: id, revision })) }
  await client.decision.decide({ action: 'remove', check: 'greyscale', reviewer: 'Ann', target })
  const { id: readingId } = await client.reading.start({ check: 'greyscale', reviewer: 'Bob' })
  for (const [place, imageId] of images.entries())
    await client.reading.answer({ readingId, imageId, action: place % 2 === 0 ? 'remove' : 'keep' })
}

const wide = { width: 1280, height: 800 }

/** Screens that no sight speaks of, as they come. */
const bareSights: readonly Sight[] = screens
  .filter(({ path }) => sights.every(({ address }) => /^\/[a-z]*/.exec(address)?.[0] !== path))
  .map(({ path, title }) => ({
    name: title,
    address: path,
    open: (page) => Promise.resolve(page.getByRole('heading', { level: 1, name: title })),
  }))

/** The sample with something to see on every screen: findings, acts, a snapshot, a split, a run, an export, an evaluation. */
async function makeWholeProject(homeFolder: string): Promise<string> {
  await using engine = openEngine(homeFolder)
  const { client } = engine
  const made = await client.project.createSample({ images: 240, seed: 3 })
  await finishWell(client, made.jobId)
  await scanProject(client)
  await client.snapshot.create({ name: 'Before clean-up' })
  await readTwice(client)
  // Large enough a validation part for two groups to have a figure.
  const split = await client.split.create({ ratios: { train: 0.2, val: 0.6, test: 0.2 } })
  await finishWell(client, split.jobId)
  const certificate = await client.leakage.certify({ splitId: splitId.parse(1) })
  await finishWell(client, certificate.jobId)
  const run = await client.run.start({
    splitId: splitId.parse(1),
    inputSize: 32,
    epochs: 2,
    batchSize: 16,
    trainable: 'heads',
  })
  await finishWell(client, run.jobId)
  const evaluation = await client.evaluation.create({ modelId: modelId.parse(1), part: 'val' })
  await finishWell(client, evaluation.jobId)
  const purpose = await client.purpose.record({
    tasks: ['race'],
    who: 'Ann',
    what: 'measuring bias of the sample',
    until: '2999-12-31',
  })
  const written = await client.model.export({ modelId: modelId.parse(1), purposeId: purpose.id })
  await finishWell(client, written.jobId)
  return made.folder
}

describe.skipIf(browserPath === null)('every screen and what opens on it', { timeout: 180_000 }, () => {
  const work = makeTemporaryFolder()
  let served: ServedWindow
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let watch: WindowWatch

  const openWindow = async (project?: string) => {
    served = await serveWindow({ homeFolder: work.path, ...(project === undefined ? {} : { project }) })
    served.takeAlong(browser)
    context = await browser.newContext({
      viewport: wide,
      reducedMotion: 'reduce',
      colorScheme: 'light',
      baseURL: served.origin,
    })
    page = await context.newPage()
    page.setDefaultTimeout(60_000)
    watch = watchWindow(page)
    await page.goto(await served.offerSignIn())
    await page.getByRole('navigation', { name: 'Screens' }).waitFor()
  }
  const closeWindow = async () => {
    await context.close()
    await served[Symbol.asyncDispose]()
  }
  // Each sight begins in the theme in which the one before it ended.
  let theme: Scheme = 'light'
  const rings = { light: new Set<string>(), dark: new Set<string>() }
  const lowest = new Map<string, { count: number; contrast: number }>()
  const note = ({ kind, least, contrast }: MeasuredInk) => {
    const key = `${kind}, ${least} to 1, ${theme}`
    const before = lowest.get(key) ?? { count: 0, contrast: Infinity }
    lowest.set(key, { count: before.count + 1, contrast: Math.min(before.contrast, contrast) })
  }
  /** What was still on its way while it was measured is measured again. */
  const findLastingFaint = async (): Promise<string[]> => {
    const faint = await findFaintInk(page, note)
    if (faint.length === 0) return []
    await waitForRest(page)
    const again = new Set(await findFaintInk(page))
    return faint.filter((one) => again.has(one))
  }
  const measureTheme = async (): Promise<string[]> =>
    [...(await findLastingFaint()), ...(await findFaintFocus(page, rings[theme]))].map(
      (one) => `${theme}: ${one}`,
    )
  /** Axe looks in one theme and not at colours, which alone differ between them; ink and rings are measured in both. */
  const findFaults = async (sight: Sight): Promise<string[]> => {
    await goToSight(page, sight)
    const found = await findAxeViolations(page, { without: ['color-contrast'], onTop: true })
    found.push(...(await measureTheme()))
    theme = theme === 'light' ? 'dark' : 'light'
    await useTheme(page, theme)
    found.push(...(await measureTheme()))
    if (sight.isOfFrame === true) await page.keyboard.press('Escape')
    return found
  }
  beforeAll(async () => {
    browser = await launchBrowser(browserPath ?? '')
    await openWindow(await makeWholeProject(work.path))
  }, 600_000)

  afterEach(() => {
    // Asked for a text as a picture, Predict is refused, and the browser reports that by itself.
    const errors = watch.takeErrors().filter((error) => !error.includes('/predict'))
    if (errors.length > 0) throw new Error(`The console is not clean:\n${errors.join('\n')}`)
  })

  afterAll(async () => {
    const lines = [...lowest].map(
      ([key, { count, contrast }]) => `  ${key}: ${count} measured, the lowest ${contrast.toFixed(2)} to 1`,
    )
    process.stderr.write(`${['Contrasts:', ...lines.toSorted()].join('\n')}\n`)
    await browser?.close()
    await served?.[Symbol.asyncDispose]()
    work[Symbol.dispose]()
  })

  it.each([...bareSights, ...sights])(
    '$name meets WCAG 2.2 AA in both themes, in words, marks, fields, icons and focus',
    async (sight) => expect(await findFaults(sight)).toEqual([]),
  )

  describe('Fairness', () => {
    const small = { width: 900, height: 700 }
    const openGroups = async () => {
      await goToSight(page, groupFigures)
      return page.getByRole('table', { name: 'Accuracy by group' })
    }
    afterAll(() => page.setViewportSize(wide))

    it('leads from a figure to its images in two clicks, in a small window too, and Back returns', async () => {
      await page.setViewportSize(small)
      const table = await openGroups()
      await table
        .getByRole('button', { name: /^Show the \d+ images/ })
        .first()
        .click()
      const images = page.getByRole('list', { name: /^Images labelled/ }).getByRole('link')
      await images.first().waitFor()
      const box = await images.first().boundingBox()
      expect(box === null ? Infinity : box.y + box.height).toBeLessThanOrEqual(small.height)
      const named = await images.first().getByRole('img').getAttribute('alt')
      await images.first().click()
      await page
        .getByRole('complementary')
        .getByRole('heading', { level: 2, name: named ?? '' })
        .waitFor()
      await page.goBack()
      await images.first().waitFor()
      await page.getByRole('button', { name: 'Close the images' }).click()
      await images.first().waitFor({ state: 'detached' })
    })

    it('says of every group without an estimate why it has none', async () => {
      const rows = await (await openGroups()).getByRole('row').all()
      const cells = await Promise.all(rows.slice(1).map((row) => row.getByRole('cell').allInnerTexts()))
      const without = cells.filter(([figure]) => figure === '–')
      expect(without.length).toBeGreaterThan(0)
      for (const row of without) expect(row.at(-1)).toMatch(/\d+/)
    })

    it('takes what is set into the figures and into the address', async () => {
      const table = await openGroups()
      await page.getByRole('combobox', { name: 'Confidence' }).selectOption('0.99')
      await table.getByRole('columnheader', { name: '99% interval' }).waitFor()
      await page.getByRole('checkbox', { name: 'Gender' }).check()
      await table.getByRole('columnheader', { name: 'Labelled race, gender' }).waitFor()
      expect(page.url()).toMatch(/confidence=0\.99/)
    })
  })

  it('are told by the measure when something is planted that cannot be seen', async () => {
    theme = 'light'
    await useTheme(page, theme)
    await goToSight(page, plotted)
    const before = await findFaintInk(page)
    await page.evaluate(() => {
      const sheet = [...document.styleSheets].at(-1)
      for (const rule of [
        'h1 { color: #b9bec6 !important }',
        'nav[aria-label="Screens"] svg { opacity: 0.2 }',
        'select { border-color: #e4e6ea !important }',
        '.main-svg .errorbars path { stroke: #eef0f2 !important }',
        ':focus-visible { outline: none !important; box-shadow: none !important }',
      ])
        sheet?.insertRule(rule, sheet.cssRules.length)
    })
    // A colour that was changed by a rule is the old one until the next picture is drawn.
    await waitForRest(page)
    const planted = (await findFaintInk(page)).filter((fault) => !before.includes(fault))
    expect(new Set(planted.map((fault) => fault.split(' ')[0]))).toEqual(
      new Set(['field', 'icon', 'mark', 'text']),
    )
    expect((await findFaintFocus(page, new Set())).length).toBeGreaterThan(0)
  })

  describe('without a project', () => {
    beforeAll(async () => {
      await closeWindow()
      theme = 'light'
      await openWindow()
    })

    it.each(emptySights)('$name meets it too', async (sight) => expect(await findFaults(sight)).toEqual([]))
  })
})
