import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ImageId } from '#shared/contract/base.contract.ts'
import type { ReadingId } from '#shared/contract/reading.contract.ts'
import { findBrowserPath, launchBrowser } from '../../scripts/window/browser.ts'
import { makeTemporaryFolder, serveWindow } from '../../scripts/window/served-window.ts'
import { finishWell } from '#tests/fixtures/jobs.ts'
import { scanProject } from '#tests/fixtures/scans.ts'
import { openEngine } from '../fixtures/engine.ts'
import { findAxeViolations, watchWindow } from './window-watch.ts'

const browserPath = findBrowserPath()
if (browserPath === null) {
  process.stderr.write(
    '\nNot run: tests/e2e/settle-readings.test.ts (two readers in the window). Install Chromium, Chrome or Edge, or name one in CHROMIUM_PATH.\n\n',
  )
}

/** A loaded machine is slow, not wrong. */
const patience = { timeout: 60_000 }

describe.skipIf(browserPath === null)('two readers in the window', { timeout: 300_000 }, () => {
  const work = makeTemporaryFolder()
  let project: string
  let browser: Browser
  let readingId: ReadingId
  let images: ImageId[]

  /** Ann removes four pictures of a queue; Bob would keep three of them. */
  beforeAll(async () => {
    await using engine = openEngine(work.path)
    const { client } = engine
    const { jobId, folder } = await client.project.createSample({ images: 240, seed: 3 })
    await finishWell(client, jobId)
    await scanProject(client, { checks: ['greyscale'] })
    const { items } = await client.finding.queue({ check: 'greyscale', limit: 4 })
    images = items.map(({ tile }) => tile.id)
    const seen = await Promise.all(images.map((imageId) => client.image.get({ imageId })))
    await client.decision.decide({
      action: 'remove',
      check: 'greyscale',
      reviewer: 'Ann',
      target: { images: seen.map(({ id, revision }) => ({ imageId: id, revision })) },
    })
    const reading = await client.reading.start({ check: 'greyscale', reviewer: 'Bob' })
    readingId = reading.id
    for (const [place, imageId] of images.entries())
      await client.reading.answer({ readingId, imageId, action: place === 0 ? 'remove' : 'keep' })
    project = folder
    browser = await launchBrowser(browserPath ?? '')
  }, 300_000)

  afterAll(async () => {
    await browser?.close()
    work[Symbol.dispose]()
  })

  it('are settled by one key a picture, taken back by another, with the agreement before and after', async () => {
    await using served = await serveWindow({ homeFolder: work.path, project })
    served.takeAlong(browser)
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' })
    page.setDefaultTimeout(patience.timeout)
    const watch = watchWindow(page)
    await page.goto(await served.offerSignIn())
    await page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name: 'Curate' }).click()
    await page.getByRole('button', { name: 'Second reader' }).click()
    await page.getByRole('button', { name: 'Result' }).click()
    await page.getByText('0 of 3 settled').waitFor()
    await page.getByRole('button', { name: /Ann:\s*Remove/ }).waitFor()
    expect(await findAxeViolations(page)).toEqual([])
    const press = async (key: string, settled: number) => {
      await page.keyboard.press(key)
      await page.getByText(`${settled} of 3 settled`).waitFor()
    }
    await press('2', 1)
    await press('1', 2)
    await press('s', 3)
    await page.getByRole('button', { name: 'Take the last one back' }).click()
    await page.getByText('2 of 3 settled').waitFor()
    await press('u', 1)
    await press('x', 2)
    await press('s', 3)
    await page.getByText('Every difference is settled or marked as unsure.').waitFor()
    const agreement = page.getByRole('row')
    const told = async (name: RegExp) => (await agreement.filter({ hasText: name }).textContent()) ?? ''
    expect(await told(/^All images[^,]/)).toMatch(/25\.0% \(.*\), n = 4$/)
    expect(await told(/^All images, with what is settled/)).toMatch(/75\.0% \(.*\), n = 4$/)
    expect(watch.takeErrors()).toEqual([])
    await page.close()
    await served[Symbol.asyncDispose]()

    await using engine = openEngine(work.path)
    await engine.client.project.open({ folder: project })
    const { disagreements } = await engine.client.reading.result({ readingId })
    const states = await Promise.all(images.map((imageId) => engine.client.image.get({ imageId })))
    const statusOf = new Map(states.map(({ id, status }) => [id, status]))
    expect(
      disagreements.map(({ imageId, settled }) => [settled?.answer ?? null, statusOf.get(imageId)]),
    ).toEqual([
      ['keep', 'kept'],
      ['remove', 'removed'],
      [null, 'removed'],
    ])
  })
})
