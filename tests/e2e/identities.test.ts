import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { findBrowserPath, launchBrowser } from '../../scripts/window/browser.ts'
import { makeTemporaryFolder, serveWindow, type ServedWindow } from '../../scripts/window/served-window.ts'
import { storeDescriptors } from '#tests/fixtures/descriptors.ts'
import { openEngine } from '../fixtures/engine.ts'
import { makeLabelledProject } from '../fixtures/labelled-project.ts'
import { findAxeViolations, watchWindow, type WindowWatch } from './window-watch.ts'

const browserPath = findBrowserPath()
if (browserPath === null) {
  process.stderr.write(
    '\nNot run: tests/e2e/identities.test.ts (pairs by keyboard). Install Chromium, Chrome or Edge, or name one in CHROMIUM_PATH.\n\n',
  )
}

/** A loaded machine is slow, not wrong. */
const patience = { timeout: 60_000 }
const images = 120
const ofPerson = 4
const reviewed = 20
const undone = 5

// One session: each test takes up where the one before it ended.
describe.skipIf(browserPath === null)('who is the same person', { timeout: 300_000 }, () => {
  const work = makeTemporaryFolder()
  let project: string
  let served: ServedWindow
  let browser: Browser
  let page: Page
  let watch: WindowWatch
  const asked: string[] = []

  const question = () => page.getByText(/^Images \d+ and \d+: distance/)
  /** The pair in view, once it is another one than before and can be answered: keys that come while an answer is written do nothing. */
  const readPair = async (before: string | null): Promise<string> => {
    const pair = question().filter({ hasNotText: before ?? 'no pair' })
    await pair.waitFor()
    await page.getByRole('button', { name: 'Two people', disabled: false }).waitFor()
    return /^Images \d+ and \d+:/.exec(await pair.innerText())?.[0] ?? ''
  }

  beforeAll(async () => {
    {
      await using engine = openEngine(work.path)
      const made = await makeLabelledProject(engine.client, { folder: work.path, images })
      project = made.project
    }
    storeDescriptors(project, { personOf: (image) => Math.ceil(image / ofPerson) })
    browser = await launchBrowser(browserPath ?? '')
    served = await serveWindow({ homeFolder: work.path, project })
    served.takeAlong(browser)
    page = await browser.newPage({
      viewport: { width: 1280, height: 800 },
      reducedMotion: 'reduce',
      baseURL: served.origin,
    })
    page.setDefaultTimeout(patience.timeout)
    watch = watchWindow(page)
    await page.goto(await served.offerSignIn())
    await page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name: 'Identities' }).click()
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

  it('is inferred on demand, and the screen tells how well', async () => {
    await page.getByRole('button', { name: 'Infer people' }).click()
    await question().waitFor()
    await page.getByText(/^Joined up to a distance of/).waitFor()
    await page.getByText(/It errs most with children/).waitFor()
    expect(await findAxeViolations(page)).toEqual([])
  })

  it('is answered pair by pair with the keyboard, and taken back', async () => {
    let pair: string | null = null
    for (let at = 0; at < reviewed; at++) {
      pair = await readPair(pair)
      asked.push(pair)
      await page.keyboard.press('n')
    }
    pair = await readPair(pair)
    expect(new Set([...asked, pair]).size).toBe(reviewed + 1)
    for (let at = 0; at < undone; at++) {
      await page.keyboard.press('u')
      pair = await readPair(pair)
    }
    expect(asked).toContain(pair)
  })

  it('is kept: the acts stand in the project', async () => {
    await page.close()
    await served[Symbol.asyncDispose]()
    await using engine = openEngine(work.path)
    await engine.client.project.open({ folder: project })
    const acts = await engine.client.identity.acts({})
    expect(acts.filter(({ kind }) => kind === 'undo')).toHaveLength(undone)
    expect(acts.filter(({ kind, isUndone }) => kind === 'not-same' && !isUndone)).toHaveLength(
      reviewed - undone,
    )
  })
})
