import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { modelId } from '#shared/contract/base.contract.ts'
import { findBrowserPath, launchBrowser } from '../../scripts/window/browser.ts'
import { makeTemporaryFolder, serveWindow, type ServedWindow } from '../../scripts/window/served-window.ts'
import { openEngine } from '../fixtures/engine.ts'
import { finishWell } from '../fixtures/jobs.ts'
import { copyTrainedProject } from '../fixtures/trained-project.ts'
import { findFaintInk } from './window-contrast.ts'
import { findAxeViolations, watchWindow, type WindowWatch } from './window-watch.ts'

const browserPath = findBrowserPath()
if (browserPath === null) {
  process.stderr.write(
    '\nNot run: tests/e2e/explain.test.ts (the Explain screen in the window). Install Chromium, Chrome or Edge, or name one in CHROMIUM_PATH.\n\n',
  )
}

// One window: each test takes up where the one before it ended.
describe.skipIf(browserPath === null)('the Explain screen', { timeout: 300_000 }, () => {
  const work = makeTemporaryFolder()
  let served: ServedWindow
  let browser: Browser
  let page: Page
  let watch: WindowWatch

  beforeAll(async () => {
    const homeFolder = join(work.path, 'home')
    const { project } = await copyTrainedProject(work.path)
    await using opened = openEngine(homeFolder)
    const { client } = opened
    await client.project.open({ folder: project })
    await finishWell(client, (await client.evaluation.create({ modelId: modelId.parse(1) })).jobId)
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
    await page
      .getByRole('navigation', { name: 'Screens' })
      .getByRole('link', { name: 'Explain', exact: true })
      .click()
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

  const images = () => page.getByRole('list', { name: 'Explained images' })
  const save = async (name: string): Promise<Buffer> => {
    const downloading = page.waitForEvent('download')
    await page.getByRole('button', { name, exact: true }).click()
    return readFileSync(await (await downloading).path())
  }

  it('draws the maps of a query at once, keeps the query in the address and its figures in files', async () => {
    await page.getByRole('radiogroup', { name: 'Answered' }).getByText('All', { exact: true }).click()
    const first = images().getByRole('listitem').first()
    await first.getByRole('img').waitFor()
    const name = ((await first.getAttribute('aria-label')) ?? '').toLowerCase()
    expect((await save(`Save the map by ${name} as PNG`)).subarray(1, 4).toString()).toBe('PNG')
    expect((await save(`Save the map by ${name} as SVG`)).toString()).toMatch(/^<svg /)
    expect(JSON.parse((await save(`Save the map by ${name} as JSON`)).toString())).toMatchObject({
      settings: { method: 'cam' },
    })
    await page.getByRole('combobox', { name: 'Answers for' }).selectOption('gender')
    await images()
      .getByRole('img', { name: / of gender: / })
      .first()
      .waitFor()
    await expect.poll(() => page.url(), { timeout: 60_000 }).toContain('task=gender')
    // Contrast is read off a picture of the screen: what still waits is replaced by its map meanwhile.
    await expect
      .poll(() => images().getByRole('button', { name: 'Cancel' }).count(), { timeout: 60_000 })
      .toBe(0)
    expect([...(await findAxeViolations(page)), ...(await findFaintInk(page))]).toEqual([])
  })

  it('runs a slower method for one image when it is asked to', async () => {
    await page.getByRole('combobox', { name: 'Map by' }).selectOption('occlusion')
    const first = images().getByRole('listitem').first()
    await first.getByRole('button', { name: 'Run' }).click()
    await first.getByRole('img').waitFor()
    expect(await first.getByText('Not held against chance.').count()).toBe(1)
  })

  it('makes average maps, says what they stand on, and saves them', async () => {
    const form = page.getByRole('form', { name: 'How average maps are made' })
    await form.getByRole('textbox', { name: 'Deals' }).fill('100')
    await form.getByRole('button', { name: 'Make the maps' }).click()
    // The pictures are blocks on noise.
    await page.getByText(/Gender\. 0 images; left out: \d+ without a face\. .* 100 deals of groups/).waitFor()
    expect((await save('Save as SVG')).toString()).toContain('looks for gender, by race')
    expect((await save('Save as PNG')).subarray(1, 4).toString()).toBe('PNG')
    expect(JSON.parse((await save('Save as JSON')).toString())).toMatchObject({
      choices: { perGroup: null, draws: 100, seed: 1 },
    })
    expect([...(await findAxeViolations(page)), ...(await findFaintInk(page))]).toEqual([])
  })
})
