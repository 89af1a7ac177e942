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

  /** The pair in view, once it is another one than before and can be answered: keys that come while an answer is written do nothing. */
  const readPair = async (before: string | null): Promise<string> => {
    const pair = page.getByAltText(/^Left, number \d+$/)
    await page.waitForFunction(
      (last) => {
        const [left, right] = ['Left', 'Right'].map((side) =>
          document.querySelector(`img[alt^="${side}, number "]`)?.getAttribute('alt'),
        )
        const buttons = [...document.querySelectorAll('footer[aria-label="Answers"] button')]
        const isReady = buttons.some(
          (button) => /Two people/.test(button.textContent) && !button.matches(':disabled'),
        )
        return left !== undefined && `${left} ${right}` !== last && isReady
      },
      before,
      patience,
    )
    await pair.waitFor()
    const other = await page.getByAltText(/^Right, number \d+$/).getAttribute('alt')
    return `${await pair.getAttribute('alt')} ${other}`
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

  it('is inferred on demand, and the screen tells how well and for whom', async () => {
    await page.getByText(/Faces that the scan has described/).waitFor()
    expect(await findAxeViolations(page)).toEqual([])
    await page.getByRole('button', { name: 'Infer people' }).click()
    await page.getByText(/^Joined up to a distance of/).waitFor()
    await page.getByText(/It errs most with children/).waitFor()
    await page.getByRole('heading', { name: 'For whom it errs' }).waitFor()
    await readPair(null)
    await page.getByRole('heading', { name: 'Why this pair' }).waitFor()
    expect(await findAxeViolations(page)).toEqual([])
  })

  it('is answered pair by pair with the keyboard, and taken back', async () => {
    let pair: string | null = null
    for (let at = 0; at < reviewed; at++) {
      pair = await readPair(pair)
      asked.push(pair)
      await page.keyboard.press(at % 4 === 3 ? 'y' : 'n')
    }
    pair = await readPair(pair)
    expect(new Set([...asked, pair]).size).toBe(reviewed + 1)
    for (const expected of asked.slice(-undone).toReversed()) {
      await page.keyboard.press('u')
      pair = await readPair(pair)
      expect(pair).toBe(expected)
    }
    await page.keyboard.press('Shift+U')
    pair = await readPair(pair)
    expect(pair).toBe(asked[reviewed - undone + 1])
    await page.keyboard.press('u')
    pair = await readPair(pair)
    // Left for later, it comes back when it is asked for.
    await page.keyboard.press('s')
    const next = await readPair(pair)
    expect(next).toBe(asked[reviewed - undone + 1])
    await page.getByText(/; 1 skipped/).waitFor()
  })

  it('survives a new clustering: no pair is asked again', async () => {
    const before = await page.getByText(/open of/).innerText()
    await page.getByRole('button', { name: 'Infer people anew' }).click()
    await page
      .getByText(/open of/)
      .filter({ hasNotText: before })
      .waitFor()
    const held = new Set(asked.slice(0, reviewed - undone))
    let pair: string | null = null
    for (let at = 0; at < undone; at++) {
      pair = await readPair(pair)
      expect(held.has(pair)).toBe(false)
      await page.keyboard.press('s')
    }
  })

  it('has a list of people, who are merged and split', async () => {
    await page.getByRole('radiogroup', { name: 'Show' }).getByText('People').click()
    const boxes = page.getByRole('checkbox', { name: /^Select person/ })
    await boxes.nth(1).waitFor()
    expect(await findAxeViolations(page)).toEqual([])
    await boxes.nth(0).check()
    await boxes.nth(1).check()
    await page.getByText('2 people selected').waitFor()
    await page.keyboard.press('m')
    await page.getByText(/^Merged: \d+ images/).waitFor()
    await page.keyboard.press('u')
    await page.getByText(/^Taken back: \d+ images/).waitFor()
    await page
      .getByRole('link', { name: /^Person \d+$/ })
      .first()
      .click()
    const tiles = page.getByRole('button', { name: /^Image \d+,/ })
    await tiles.first().click()
    await page.getByText('1 image selected').waitFor()
    expect(await findAxeViolations(page)).toEqual([])
    await page.keyboard.press('p')
    await page.getByText(/^Split off: image \d+/).waitFor()
    await page.keyboard.press('u')
    await page.getByText(/^Taken back: image \d+/).waitFor()
  })

  it('is kept: the acts stand in the project', async () => {
    await page.close()
    await served[Symbol.asyncDispose]()
    await using engine = openEngine(work.path)
    await engine.client.project.open({ folder: project })
    const acts = await engine.client.identity.acts({})
    const standing = acts.filter(({ kind, isUndone }) => kind !== 'undo' && !isUndone)
    expect(standing).toHaveLength(reviewed - undone)
  })
})
