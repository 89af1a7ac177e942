import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findBrowserPath, launchBrowser } from '../../scripts/window/browser.ts'
import { makeTemporaryFolder, serveWindow } from '../../scripts/window/served-window.ts'
import { finishWell } from '#tests/fixtures/jobs.ts'
import { scanProject } from '#tests/fixtures/scans.ts'
import { openEngine } from '../fixtures/engine.ts'
import { findAxeViolations, watchWindow } from './window-watch.ts'

const browserPath = findBrowserPath()
if (browserPath === null) {
  process.stderr.write(
    '\nNot run: tests/e2e/curate-copies.test.ts (copies in the window). Install Chromium, Chrome or Edge, or name one in CHROMIUM_PATH.\n\n',
  )
}

/** A loaded machine is slow, not wrong. */
const patience = { timeout: 60_000 }

describe.skipIf(browserPath === null)('copies in the window', { timeout: 300_000 }, () => {
  const work = makeTemporaryFolder()
  let project: string
  let browser: Browser

  beforeAll(async () => {
    await using engine = openEngine(work.path)
    const { jobId, folder } = await engine.client.project.createSample({ images: 240, seed: 3 })
    await finishWell(engine.client, jobId)
    await scanProject(engine.client, {
      checks: ['exact-duplicate', 'near-duplicate', 'conflicting-labels'],
    })
    project = folder
    browser = await launchBrowser(browserPath ?? '')
  }, 300_000)

  afterAll(async () => {
    await browser?.close()
    work[Symbol.dispose]()
  })

  it('are settled by two keys where labels agree and by one for each group where they differ', async () => {
    await using served = await serveWindow({ homeFolder: work.path, project })
    served.takeAlong(browser)
    const page = await browser.newPage({
      viewport: { width: 1280, height: 800 },
      reducedMotion: 'reduce',
      baseURL: served.origin,
    })
    page.setDefaultTimeout(patience.timeout)
    const watch = watchWindow(page)
    await page.goto(await served.offerSignIn())
    await page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name: 'Curate' }).click()
    const queue = (title: string) =>
      page.getByRole('region', { name: 'Queues' }).getByRole('button', { name: new RegExp(`^${title} \\d+`) })
    const readOpen = async (title: string) =>
      Number(/\d+/.exec((await queue(title).textContent()) ?? '')?.[0])

    await queue('Exact duplicate').click()
    await page.getByRole('region', { name: 'Copies of one picture' }).waitFor()
    await page.keyboard.press('Shift+D')
    const dialog = page.getByRole('dialog', { name: 'Decide all of Exact duplicate' })
    await dialog.getByText(/In \d+ the labels differ: nothing is suggested there/).waitFor()
    await page.keyboard.press('Enter')
    await dialog.waitFor({ state: 'detached' })

    await queue('Conflicting labels').click()
    const differ = page.getByText(/Their labels differ in/)
    await differ.waitFor()
    expect(await findAxeViolations(page)).toEqual([])
    const groups = await readOpen('Conflicting labels')
    expect(groups).toBeGreaterThan(1)
    for (let left = groups; left > 0; left--) {
      await differ.waitFor()
      await page.keyboard.press('1')
      await expect.poll(() => readOpen('Conflicting labels'), patience).toBe(left - 1)
    }
    expect(await readOpen('Exact duplicate')).toBe(0)
    expect(watch.takeErrors()).toEqual([])
    await page.close()
  })
})
