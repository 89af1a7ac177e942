import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { findBrowserPath, launchBrowser } from '../../scripts/window/browser.ts'
import { makeTemporaryFolder, serveWindow, type ServedWindow } from '../../scripts/window/served-window.ts'
import { drawGroup } from '../fixtures/drawn-faces.ts'
import { writeGeneratedFaces, type GeneratedFolder } from './generated-faces.ts'
import { findFaintInk } from './window-contrast.ts'
import { findAxeViolations, watchWindow, type WindowWatch } from './window-watch.ts'

const browserPath = findBrowserPath()
if (browserPath === null) {
  process.stderr.write(
    '\nNot run: tests/e2e/window.test.ts (the whole loop in the window). Install Chromium, Chrome or Edge, or name one in CHROMIUM_PATH.\n\n',
  )
}

/** A loaded machine is slow, not wrong. */
const patience = { timeout: 60_000 }
const trainingMs = 240_000

async function isShown(locator: Locator, timeoutMs = patience.timeout): Promise<boolean> {
  await locator.waitFor({ timeout: timeoutMs })
  return true
}

// One window walks the whole loop: each test takes up where the one before it ended.
describe.skipIf(browserPath === null)('the window', { timeout: 300_000 }, () => {
  const work = makeTemporaryFolder()
  let faces: GeneratedFolder
  let served: ServedWindow
  let browser: Browser
  let page: Page
  let watch: WindowWatch

  beforeAll(async () => {
    faces = await writeGeneratedFaces(join(work.path, 'faces'), 16)
    served = await serveWindow({ homeFolder: join(work.path, 'home') })
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

  const goTo = (screen: string) =>
    page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name: screen }).click()

  it('takes the code out of the address', async () => {
    await page.getByRole('heading', { name: 'Home' }).waitFor()
    expect(page.url()).not.toContain('code')
  })

  it('makes a project in a folder and shows the first step of the loop', async () => {
    await page.getByRole('button', { name: /^New project/ }).click()
    const dialog = page.getByRole('dialog', { name: 'New project' })
    await dialog.getByRole('textbox', { name: 'Project folder' }).fill(join(work.path, 'project'))
    await dialog.getByRole('textbox', { name: /^Name/ }).fill('Generated faces')
    await dialog.getByRole('button', { name: 'Create project' }).click()
    await page.getByRole('heading', { name: 'Generated faces' }).waitFor()
    expect(await isShown(page.getByText('Import images (next)'))).toBe(true)
  })

  it('offers the folders of the machine where there is no native dialog', async () => {
    await page.getByRole('button', { name: 'Import', exact: true }).first().click()
    const dialog = page.getByRole('dialog', { name: 'Import images' })
    await dialog.getByRole('textbox', { name: 'Folder with the images' }).fill(work.path)
    await dialog.getByRole('button', { name: /^Browse/ }).click()
    const folders = page.getByRole('dialog', { name: 'Folder with the images' })
    await folders.getByRole('button', { name: 'Choose this folder' }).click()
    await folders.waitFor({ state: 'hidden' })
    expect(await dialog.getByRole('textbox', { name: 'Folder with the images' }).inputValue()).not.toBe('')
  })

  it('imports a folder and names every file it could not take', async () => {
    const dialog = page.getByRole('dialog', { name: 'Import images' })
    await dialog.getByRole('textbox', { name: 'Folder with the images' }).fill(faces.folder)
    await dialog.getByRole('combobox', { name: 'Format' }).selectOption('utkface')
    await dialog.getByRole('button', { name: 'Import', exact: true }).click()
    await page.getByText(`${faces.images + faces.unusable} files seen, ${faces.images} imported`).waitFor()
    await page.getByRole('cell', { name: '25_0_0_20170101999999999.jpg' }).waitFor()
    expect(await isShown(page.getByText(`${faces.images} images in 1 data set`))).toBe(true)
  })

  it('is walked through the catalogue by keyboard alone', async () => {
    await goTo('Catalogue')
    const grid = page.getByRole('listbox', { name: 'Images' })
    await grid.getByRole('option').first().waitFor()
    await grid.focus()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    const drawer = page.getByRole('complementary')
    await drawer.getByRole('heading', { name: 'Labels' }).waitFor()
    const opened = await drawer.getByRole('heading', { level: 2 }).textContent()
    expect(page.url()).toContain(`image=${opened?.replace('Image ', '')}`)
    await page.keyboard.press('ArrowRight')
    await expect
      .poll(() => drawer.getByRole('heading', { level: 2 }).textContent(), patience)
      .not.toBe(opened)
    await page.keyboard.press('Escape')
    await drawer.waitFor({ state: 'detached' })
  })

  it('filters by facets, keeps the filter in the address and counts what is left', async () => {
    const status = page.getByRole('region', { name: 'Catalogue' }).getByRole('status')
    await page
      .getByRole('region', { name: /^Race/ })
      .getByRole('button', { name: /^White/ })
      .click()
    await expect.poll(() => status.textContent(), patience).toBe('32 images')
    expect(decodeURIComponent(page.url())).toContain('"White"')
    const chip = page.getByRole('button', { name: 'race: White. Take this filter away' })
    await chip.waitFor()
    await page.goBack()
    await expect.poll(() => status.textContent(), patience).toBe(`${faces.images} images`)
    expect(await chip.count()).toBe(0)
    await page.goForward()
    await expect.poll(() => status.textContent(), patience).toBe('32 images')
    await chip.waitFor()
    await page.reload()
    await expect.poll(() => status.textContent(), patience).toBe('32 images')
    await page
      .getByRole('region', { name: /^Gender/ })
      .getByRole('button', { name: /^Female/ })
      .click({ modifiers: ['Alt'] })
    await expect.poll(() => status.textContent(), patience).toBe('16 images')
    await page.getByRole('button', { name: 'Clear', exact: true }).click()
    await expect.poll(() => status.textContent(), patience).toBe(`${faces.images} images`)
  })

  it('goes anywhere from the command palette', async () => {
    await page.keyboard.press('Control+k')
    await page.getByPlaceholder('Go to a screen').fill('spl')
    await page.keyboard.press('Enter')
    expect(await isShown(page.getByRole('heading', { level: 1, name: 'Splits' }))).toBe(true)
  })

  it('makes a split and shows its parts and hash', async () => {
    await page.getByRole('button', { name: 'New split' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Make split' }).click()
    await page.getByRole('row', { name: /^Validation 16/ }).waitFor()
    expect(await isShown(page.getByRole('button', { name: /copy the SHA-256 of the split$/ }))).toBe(true)
  })

  it('starts a run, draws its curves while it trains, stops it and takes it up again', async () => {
    await goTo('Train')
    const form = page.getByRole('form', { name: 'New training run' })
    await form.getByRole('textbox', { name: 'Input size' }).fill('32')
    // Nothing here hangs on what the backbone has learned.
    await form.getByRole('combobox', { name: 'Trained part' }).selectOption('heads')
    await form.getByText('Optimiser and schedule').click()
    await form.getByRole('textbox', { name: 'Epochs' }).fill('6')
    await form.getByRole('textbox', { name: 'Batch size' }).fill('16')
    await form.getByRole('region', { name: 'Estimate' }).waitFor()
    await form.getByRole('button', { name: 'Start training' }).click()
    await isShown(page.getByText(/^Training\. [1-9]\d* of 6 epochs done|^Finished\. 6/), trainingMs)
    await page
      .getByRole('img', { name: /^Loss while training/ })
      .locator('path.js-line')
      .first()
      .waitFor()
    const stop = page.getByRole('button', { name: 'Stop', exact: true })
    if (await stop.isVisible()) await stop.click()
    // Asked of what has been at work for a minute, as on a slow machine.
    const surely = page.getByRole('button', { name: 'Stop it' })
    if (await surely.isVisible()) await surely.click()
    await isShown(page.getByText(/^Stopped\. After|^Finished\. 6/), trainingMs)
    const resume = page.getByRole('button', { name: 'Resume', exact: true })
    if (await resume.isVisible()) await resume.click()
    expect(await isShown(page.getByText(/^Finished\. 6 of 6 epochs/), trainingMs)).toBe(true)
  })

  it('evaluates the validation part, and says that the test part is sealed', async () => {
    await goTo('Evaluate')
    expect(await page.getByRole('radio', { name: 'Validation' }).isChecked()).toBe(true)
    await page.getByText('Test results are sealed; opening is recorded.').waitFor()
    await page.getByRole('button', { name: 'Evaluate', exact: true }).click()
    await page.getByRole('img', { name: /^Race accuracy by labelled race/ }).waitFor({ timeout: 120_000 })
  })

  it('shows the images behind a cell of the confusion matrix', async () => {
    const cell = page.getByRole('button', { name: /images? labelled .+, predicted .+ of the row$/ })
    await cell.and(page.locator(':enabled')).first().click()
    const images = page.getByRole('region', { name: /^Labelled .+, predicted/ })
    expect(await isShown(images.getByRole('link', { name: /^Image \d+, probability/ }).first())).toBe(true)
  })

  it('exports a model and says how equal the file is to the trainer', async () => {
    await goTo('Models')
    await page.getByRole('button', { name: 'Export ONNX' }).click()
    await page
      .getByRole('dialog', { name: 'Export ONNX' })
      .getByRole('button', { name: 'Export', exact: true })
      .click()
    const parity = page.getByText(/largest difference of logits .+, 100\.0% equal answers on \d+ images/)
    expect(await isShown(parity, 120_000)).toBe(true)
  })

  it('predicts a dropped image', async () => {
    await goTo('Predict')
    const [file] = readdirSync(faces.folder)
    const bytes = readFileSync(join(faces.folder, file ?? '')).toString('base64')
    const transfer = await page.evaluateHandle((base64) => {
      const data = new DataTransfer()
      const raw = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
      data.items.add(new File([raw], 'dropped.jpg', { type: 'image/jpeg' }))
      return data
    }, bytes)
    await page.getByLabel(/^Drop images here/).dispatchEvent('drop', { dataTransfer: transfer })
    for (const task of ['Race', 'Gender', 'Age']) await page.getByRole('region', { name: task }).waitFor()
    await page.getByRole('tab', { name: 'JSON' }).click()
    expect(await isShown(page.getByText('"milliseconds"'))).toBe(true)
  })

  it('explains one face of a group picture, by several methods and for every task, and stops when it is told to', async () => {
    const buffer = await drawGroup({
      width: 640,
      height: 400,
      faces: [
        { x: 40, y: 60, side: 180 },
        { x: 250, y: 110, side: 150 },
        { x: 440, y: 50, side: 170 },
      ],
    })
    await page.getByLabel('Image file').setInputFiles({ name: 'group.png', mimeType: 'image/png', buffer })
    await page.getByRole('button', { name: 'Show face 3' }).click()
    expect(await page.getByRole('combobox', { name: /^Face, of 3/ }).inputValue()).toBe('2')
    expect(await isShown(page.getByRole('region', { name: 'Race' }).getByText(/%$/).first())).toBe(true)
    await page.getByRole('tab', { name: 'Explanation' }).click()

    const lime = page.getByRole('region', { name: 'LIME' })
    await page.getByRole('textbox', { name: 'LIME samples' }).fill('16000')
    await lime.getByRole('button', { name: 'Run' }).click()
    await lime.getByRole('img', { name: /^LIME of race: / }).waitFor()
    await lime.getByRole('button', { name: 'Cancel' }).click()
    await lime.getByText('Cancelled. This is the map as far as it had come.').waitFor()
    await page.getByRole('radiogroup', { name: 'Task' }).getByText('Gender').click()
    expect(await isShown(lime.getByRole('img', { name: /^LIME of gender: / }))).toBe(true)

    const activation = page.getByRole('region', { name: 'Class activation' })
    await activation.getByRole('button', { name: 'Run' }).click()
    expect(await isShown(activation.getByRole('img', { name: /^Class activation of gender: / }))).toBe(true)
    expect(await isShown(activation.getByText(/random maps leave/))).toBe(true)

    const save = async (format: string): Promise<Buffer> => {
      const downloading = page.waitForEvent('download')
      await activation.getByRole('button', { name: `Save the map by Class activation as ${format}` }).click()
      return readFileSync(await (await downloading).path())
    }
    expect((await save('PNG')).subarray(1, 4).toString()).toBe('PNG')
    expect((await save('SVG')).toString()).toMatch(/^<svg /)
    expect(JSON.parse((await save('JSON')).toString())).toMatchObject({
      settings: { method: 'cam', face: 3, seed: 0 },
      picture: { faces: 3 },
    })
  })

  it('says of a dropped picture what a scan would, what is like it, and how firm its answers are', async () => {
    await page.getByRole('tab', { name: 'Quality and neighbours' }).click()
    expect(await isShown(page.getByText(/^No faces of the project have been described yet/))).toBe(true)
    await page.getByRole('tab', { name: 'Sensitivity' }).click()
    const varied = page.getByRole('region', { name: 'Answers to variations of the picture' })
    expect(await isShown(varied.getByRole('rowheader', { name: 'Turned 7° clockwise' }))).toBe(true)
    expect(await isShown(page.getByText(/^Race: another label in \d+ of 16 variations/))).toBe(true)
    const found = [...(await findAxeViolations(page)), ...(await findFaintInk(page))]
    expect(found).toEqual([])
    await page.getByRole('tab', { name: 'Explanation' }).click()
    expect(await findAxeViolations(page)).toEqual([])
  })

  it('says what is wrong with a text file renamed .jpg', async () => {
    await page
      .getByLabel('Image file')
      .setInputFiles({ name: 'notes.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('not an image') })
    const message = await page.getByRole('alert').textContent()
    expect(message).toContain('notes.jpg')
    // The browser reports the refused request by itself.
    const errors = watch.takeErrors()
    expect(errors.every((error) => error.includes('/predict'))).toBe(true)
  })

  it('gives every job with its outcome in the job bar', async () => {
    await page.getByRole('button', { name: /^Jobs/ }).click()
    const recent = page.getByRole('region', { name: 'Recent jobs' })
    await expect
      .poll(() => recent.getByText('Done', { exact: true }).count(), patience)
      .toBeGreaterThanOrEqual(4)
    await page.keyboard.press('Escape')
  })
})
