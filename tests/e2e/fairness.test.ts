import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { modelId, splitId } from '#shared/contract/base.contract.ts'
import { findBrowserPath, launchBrowser } from '../../scripts/window/browser.ts'
import { makeTemporaryFolder, serveWindow, type ServedWindow } from '../../scripts/window/served-window.ts'
import { openEngine } from '../fixtures/engine.ts'
import { finishWell } from '../fixtures/jobs.ts'
import { drawLabelledPictures, makeLabelledProject } from '../fixtures/labelled-project.ts'
import { findFaintInk } from './window-contrast.ts'
import { findAxeViolations, watchWindow, type WindowWatch } from './window-watch.ts'

const browserPath = findBrowserPath()
if (browserPath === null) {
  process.stderr.write(
    '\nNot run: tests/e2e/fairness.test.ts (evaluation and fairness in the window). Install Chromium, Chrome or Edge, or name one in CHROMIUM_PATH.\n\n',
  )
}

/** As `drawLabelledPictures` names and labels them. */
const pictureName = (index: number): string =>
  `${5 + ((index * 7) % 70)}_${Math.floor(index / 5) % 2}_${index % 5}_${String(20170101000000000 + index)}.png`

// One window: each test takes up where the one before it ended.
describe.skipIf(browserPath === null)('evaluation and fairness', { timeout: 300_000 }, () => {
  const work = makeTemporaryFolder()
  const answers = join(work.path, 'answers.csv')
  let served: ServedWindow
  let browser: Browser
  let page: Page
  let watch: WindowWatch

  beforeAll(async () => {
    const homeFolder = join(work.path, 'home')
    await using opened = openEngine(homeFolder)
    const { client } = opened
    const { project } = await makeLabelledProject(client, { folder: work.path, images: 250 })
    const run = await client.run.start({
      splitId: splitId.parse(1),
      inputSize: 32,
      epochs: 1,
      batchSize: 16,
      trainable: 'heads',
    })
    await finishWell(client, run.jobId)
    // Other pictures, in a split of their own.
    const others = join(work.path, 'others')
    await drawLabelledPictures(others, 60, 1000)
    const imported = await client.dataset.import({ source: others, format: 'utkface', name: 'Others' })
    await finishWell(client, imported.jobId)
    const other = (await client.dataset.list()).find(({ name }) => name === 'Others')
    if (other === undefined) throw new Error('The second data set was not imported')
    const split = await client.split.create({
      name: 'other pictures',
      datasets: [other.id],
      ratios: { train: 0.8, val: 0.1, test: 0.1 },
    })
    await finishWell(client, split.jobId)
    for (const id of [1, 2]) {
      const asked = { modelId: modelId.parse(1), splitId: splitId.parse(id), part: 'train' as const }
      await finishWell(client, (await client.evaluation.create(asked)).jobId)
    }
    // Two answers of three are right; one image is doubled, one is unknown, and one gender goes by another word.
    const rows = Array.from({ length: 90 }, (_, index) => {
      const gender = Math.floor(index / 5) % 2 === 0 ? 'M' : 'weiblich'
      return `${pictureName(index)},${index % 3 === 0 ? 'M' : gender}`
    })
    writeFileSync(answers, ['picture,guess', ...rows, `${pictureName(3)},M`, 'stranger.png,M', ''].join('\n'))
    await opened[Symbol.asyncDispose]()
    served = await serveWindow({ homeFolder, project })
    browser = await launchBrowser(browserPath ?? '')
    served.takeAlong(browser)
    page = await browser.newPage({
      viewport: { width: 1280, height: 800 },
      reducedMotion: 'reduce',
      baseURL: served.origin,
    })
    page.setDefaultTimeout(60_000)
    watch = watchWindow(page)
    await page.goto(await served.offerSignIn())
    await go('Fairness')
  }, 300_000)

  afterEach(() => {
    const errors = watch.takeErrors()
    if (errors.length > 0) throw new Error(`The console is not clean:\n${errors.join('\n')}`)
  })

  afterAll(async () => {
    await browser?.close()
    await served?.[Symbol.asyncDispose]()
    work[Symbol.dispose]()
  })

  const go = (screen: string) =>
    page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name: screen, exact: true }).click()
  const expectClear = async () =>
    expect([...(await findAxeViolations(page)), ...(await findFaintInk(page))]).toEqual([])

  it('takes in stored answers by columns and words of their own, told before anything is stored', async () => {
    await page.getByRole('button', { name: 'Take in answers…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('File or folder with the answers').fill(answers)
    // Nothing says yet which column names the images.
    await dialog.getByRole('alert').waitFor()
    await dialog.getByLabel('Image', { exact: true }).fill('picture')
    await dialog.getByLabel('Gender', { exact: true }).fill('guess')
    const preview = dialog.getByRole('region', { name: 'What would be taken in' })
    await preview.waitFor()
    await preview.getByText('1 answer about no image of the catalogue').click()
    await preview.getByText('stranger.png').waitFor()
    const word = preview.getByRole('combobox', { name: 'What weiblich stands for' })
    expect(await word.locator('option:checked').textContent()).toBe('None: counts as wrong')
    await word.selectOption('Female')
    await expect.poll(() => word.locator('option:checked').textContent()).toBe('Female')
    await expectClear()
    await dialog.getByLabel('Name (optional)').fill('Elsewhere')
    await dialog.getByRole('button', { name: 'Take in', exact: true }).click()
    await dialog.waitFor({ state: 'hidden' })
    await page.getByRole('table', { name: 'Other systems' }).getByText('Elsewhere').waitFor()
    // Its figures are those of the 90 images that were matched, and are shown at once.
    await page
      .getByRole('combobox', { name: 'Evaluation' })
      .locator('option:checked', { hasText: 'Elsewhere' })
      .waitFor({ state: 'attached' })
    await page.getByRole('checkbox', { name: 'Gender' }).check()
    await page.getByRole('checkbox', { name: 'Race' }).uncheck()
    const table = page.getByRole('table', { name: 'Accuracy by group' })
    await table.getByRole('button', { name: 'Show the 45 images labelled Male' }).waitFor()
    await table.getByRole('button', { name: 'Show the 45 images labelled Female' }).click()
    await page.getByText(/^15 of 45 answered wrong, these first/).waitFor()
    await page.getByRole('button', { name: 'Close the images' }).click()
    // It answers no task but gender.
    expect(await page.getByRole('radio', { name: 'Race' }).count()).toBe(0)
  })

  it('shows a model across data sets, and leads to the groups of each', async () => {
    await page.getByRole('combobox', { name: 'Evaluation' }).selectOption({ index: 0 })
    const table = page.getByRole('table', { name: 'Models across data sets' })
    await table.waitFor()
    const heads = await table.getByRole('columnheader').allTextContents()
    expect(heads.filter((head) => head.startsWith('On '))).toHaveLength(2)
    await table.getByText(/\d+ of them learned from/).waitFor()
    await table.getByRole('button', { name: /show the groups of .* on other pictures/ }).click()
    await expect
      .poll(() => page.getByRole('combobox', { name: 'Evaluation' }).locator('option:checked').textContent())
      .toContain('other pictures')
    await expectClear()
  })

  it('looks where errors gather, and leads to the images of a leaf', async () => {
    const evaluations = page.getByRole('combobox', { name: 'Evaluation' })
    const own = await evaluations
      .locator('option', { hasNotText: 'other pictures' })
      .first()
      .getAttribute('value')
    await evaluations.selectOption(own ?? '')
    await page.getByRole('button', { name: 'Look for it' }).click()
    const table = page.getByRole('table', { name: 'Leaves of the tree of errors' })
    await table.waitFor()
    expect(await table.getByRole('row').count()).toBeGreaterThan(2)
    await expectClear()
    await table.getByRole('button', { name: /^Show the \d+ images of Leaf 1$/ }).click()
    await page.getByText(/^\d+ of \d+ answered wrong, these first/).waitFor()
    await page.getByRole('button', { name: 'Close the images' }).click()
    await page.getByRole('button', { name: 'Hide' }).click()
    await table.waitFor({ state: 'hidden' })
  })

  it('measures how answers flip with the picture, and leads to the images that do', async () => {
    const form = page.getByRole('form', { name: 'Of how many images sensitivity is measured' })
    await form.getByRole('textbox', { name: 'Images of each race' }).fill('20')
    await form.getByRole('button', { name: 'Measure it' }).click()
    await page.getByRole('table', { name: 'Answers that flip: crop' }).waitFor()
    await page.getByText(/100 images, at most 20 of each race/).waitFor()
    await page.getByRole('radiogroup', { name: 'Change of the pictures' }).getByText('Mirrored').click()
    const table = page.getByRole('table', { name: 'Answers that flip: mirrored' })
    await expectClear()
    await table.getByRole('button', { name: 'Show the 100 images: All' }).click()
    await page.getByText(/^\d+ of 100 flip, these first/).waitFor()
    await page.getByRole('button', { name: 'Close the images' }).click()
  })

  it('opens the test part with a reason, on record, and counts it in every figure', async () => {
    await go('Evaluate')
    const form = page.getByRole('form', { name: 'New evaluation' })
    await form.getByRole('radio', { name: 'Test', exact: true }).check()
    await form.getByRole('button', { name: 'Open the test part…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('never', { exact: true }).waitFor()
    const submit = dialog.getByRole('button', { name: 'Open and evaluate' })
    expect(await submit.isDisabled()).toBe(true)
    await dialog.getByLabel('Why is it opened?').fill('Release 1')
    await dialog.getByLabel('Who opens it?').fill('Ann')
    await expectClear()
    await submit.click()
    await dialog.getByText('Opened, and recorded.').waitFor()
    expect(await dialog.locator('code').textContent()).toMatch(/^[0-9a-f]{64}$/)
    await dialog.getByRole('button', { name: 'Close', exact: true }).last().click()
    await page
      .getByText(/opened once/)
      .first()
      .waitFor()
    await go('Fairness')
    const evaluations = page.getByRole('combobox', { name: 'Evaluation' })
    await evaluations
      .locator('option', { hasText: 'test, opened once' })
      .first()
      .waitFor({ state: 'attached' })
  })
})
