import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { HistoryEntry } from '#shared/contract/decision.contract.ts'
import { ageBinLabels, labelSchemes } from '#shared/domain/label-schemes.ts'
import { findBrowserPath, launchBrowser } from '../../scripts/window/browser.ts'
import { makeTemporaryFolder, serveWindow, type ServedWindow } from '../../scripts/window/served-window.ts'
import { finishWell } from '#tests/fixtures/jobs.ts'
import { openEngine, type EngineClient } from '../fixtures/engine.ts'
import { findAxeViolations, watchWindow, type WindowWatch } from './window-watch.ts'

const browserPath = findBrowserPath()
if (browserPath === null) {
  process.stderr.write(
    "\nNot run: tests/e2e/curate.test.ts (a curator's session). Install Chromium, Chrome or Edge, or name one in CHROMIUM_PATH.\n\n",
  )
}

/** A loaded machine is slow, not wrong. */
const patience = { timeout: 60_000 }
const sampleImages = 240
const decisionsMade = 50
const decisionsUndone = 10

/** What a person does in turn: mostly keeps and removals, now and then a label. */
const inTurn = [
  'keep',
  'remove',
  'keep',
  'remove',
  'race',
  'remove',
  'gender',
  'keep',
  'age',
  'remove',
] as const

const { race, gender } = labelSchemes.sample
/** Which labels the digits stand for, and the key before them. */
const labelKeys = {
  race: { group: 'Race labels', before: '', labels: race },
  gender: { group: 'Gender labels', before: 'g', labels: gender },
  age: { group: 'Age labels', before: 'a', labels: ageBinLabels },
} as const

interface Made {
  readonly image: number
  readonly field: 'status' | 'race' | 'gender' | 'age'
  readonly to: string
}

async function makeSample(homeFolder: string): Promise<string> {
  await using engine = openEngine(homeFolder)
  const { jobId, folder } = await engine.client.project.createSample({ images: sampleImages, seed: 3 })
  await finishWell(engine.client, jobId)
  return folder
}

async function readHistory(client: EngineClient): Promise<HistoryEntry[]> {
  const entries: HistoryEntry[] = []
  for (let cursor: number | undefined; ;) {
    const page = await client.decision.history({ limit: 20, ...(cursor === undefined ? {} : { cursor }) })
    entries.push(...page.items)
    if (page.nextCursor === null) return entries.toReversed()
    cursor = page.nextCursor
  }
}

/** Colours are judged once they have stopped to change. */
async function waitForRest(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await Promise.allSettled(document.getAnimations().map((animation) => animation.finished))
  })
}

// One session from the first scan to the history: each test takes up where the one before it ended.
describe.skipIf(browserPath === null)("a curator's session", { timeout: 300_000 }, () => {
  const work = makeTemporaryFolder()
  const made: Made[] = []
  let project: string
  let served: ServedWindow
  let browser: Browser
  let page: Page
  let watch: WindowWatch

  const open = async () => {
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
    await page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name: 'Curate' }).click()
  }
  const quit = async () => {
    await page.close()
    await served[Symbol.asyncDispose]()
  }
  const imageInView = async (): Promise<number> => {
    const picture = page.getByRole('img', { name: /^Number \d+, labelled/ })
    const name = (await picture.getAttribute('alt', { timeout: 5000 })) ?? ''
    return Number(/^Number (\d+)/.exec(name)?.[1])
  }
  const pressLabel = async (task: keyof typeof labelKeys): Promise<string> => {
    const { before, labels } = labelKeys[task]
    if (before !== '') await page.keyboard.press(before)
    const choices = page.getByRole('group', { name: labelKeys[task].group })
    await choices.waitFor()
    const given = await choices.locator('[aria-pressed=true]').count()
    const now = given === 0 ? '' : await choices.locator('[aria-pressed=true]').innerText()
    const place = labels.findIndex((label) => !now.endsWith(label))
    await page.keyboard.press(String(place + 1))
    return labels[place] ?? ''
  }
  const decide = async (action: (typeof inTurn)[number]): Promise<Omit<Made, 'image'>> => {
    if (action === 'keep' || action === 'remove') {
      // Held down it repeats, and still decides once.
      const key = action === 'keep' ? 'k' : 'x'
      for (let count = 0; count < 3; count++) await page.keyboard.down(key)
      await page.keyboard.up(key)
      return { field: 'status', to: action === 'keep' ? 'kept' : 'removed' }
    }
    return { field: action, to: await pressLabel(action) }
  }
  const chooseQueue = async (title: string) => {
    await page
      .getByRole('region', { name: 'Queues' })
      .getByRole('button', { name: new RegExp(`^${title} \\d+ open`) })
      .click()
    await page.getByRole('img', { name: /^Number \d+, labelled/ }).waitFor()
    await page.getByRole('group', { name: 'Race labels' }).waitFor()
  }

  beforeAll(async () => {
    project = await makeSample(work.path)
    browser = await launchBrowser(browserPath ?? '')
    await open()
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

  it('begins with a scan, which flags and removes nothing', async () => {
    await page.getByRole('button', { name: 'Scan the images' }).click()
    const dialog = page.getByRole('dialog')
    for (const source of ['Face', 'Neighbours', 'Labels']) {
      await dialog.getByRole('checkbox', { name: new RegExp(`^${source}`) }).uncheck()
    }
    await dialog.getByRole('button', { name: 'Start the scan' }).click()
    await page.getByRole('region', { name: 'Picture' }).waitFor({ timeout: 120_000 })
    const unchecked = page.getByRole('region', { name: 'Not checked' })
    expect(await unchecked.textContent()).toContain('No face')
  })

  it('moves the cut of a check and sees first what it would catch', async () => {
    await chooseQueue('Greyscale')
    const slider = page.getByRole('slider', { name: 'Cut of this check' })
    await slider.focus()
    await page.keyboard.press('End')
    await page.getByText(/^Would flag \d+ of 240 images/).waitFor()
    await page.getByRole('region', { name: 'Just flagged' }).getByRole('img').first().waitFor()
    await page.getByRole('button', { name: 'Use this cut' }).click()
    await page.getByText(/^Flags \d+ of 240 images/).waitFor()
    const queue = page.getByRole('button', { name: /^Greyscale \d+ open/ })
    await expect
      .poll(async () => Number(/(\d+) open/.exec((await queue.textContent()) ?? '')?.[1]), patience)
      .toBeGreaterThan(decisionsMade + 10)
  })

  it('decides fifty images by keyboard, each key leading to the next image', async () => {
    await page.getByRole('heading', { level: 1 }).click()
    for (let count = 0; count < decisionsMade; count++) {
      await page.getByRole('group', { name: 'Race labels' }).waitFor()
      const image = await imageInView()
      made.push({ image, ...(await decide(inTurn[count % inTurn.length] ?? 'keep')) })
      await expect.poll(imageInView, patience).not.toBe(image)
    }
    expect(new Set(made.map(({ image }) => image)).size).toBe(decisionsMade)
    await page.getByText(/^50 of \d+ images decided/).waitFor()
  })

  it('undoes ten, each coming back into view', async () => {
    for (const { image } of made.slice(-decisionsUndone).toReversed()) {
      await page.keyboard.press('u')
      await expect.poll(imageInView, patience).toBe(image)
    }
    await page.getByText(/^40 of \d+ images decided/).waitFor()
  })

  it('redoes the ten after the window and the engine were closed', async () => {
    await quit()
    await open()
    await chooseQueue('Greyscale')
    await page.getByText(/^40 of \d+ images decided/).waitFor()
    for (let count = 1; count <= decisionsUndone; count++) {
      await page.keyboard.press('Shift+U')
      await page.getByText(new RegExp(`^${40 + count} of \\d+ images decided`)).waitFor()
    }
    expect(await page.getByRole('button', { name: /Redo$/ }).isVisible()).toBe(true)
  })

  for (const scheme of ['light', 'dark'] as const) {
    it(`meets WCAG 2.2 AA in the ${scheme} theme`, async () => {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
      await page.locator(`:root[data-mantine-color-scheme=${scheme}]`).waitFor()
      await waitForRest(page)
      const violations = await findAxeViolations(page)
      await page.getByRole('button', { name: 'Keys' }).click()
      await page.getByRole('dialog', { name: 'Keys of this screen' }).waitFor()
      await waitForRest(page)
      // Mantine's dialog has a <header>, which axe counts as a second banner although the rest of the page is inert.
      violations.push(...(await findAxeViolations(page)).filter((line) => !line.startsWith('landmark-')))
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      expect(violations).toEqual([])
    })
  }

  it('leaves a history that tells exactly what was done', async () => {
    await quit()
    await using engine = openEngine(work.path)
    await engine.client.project.open({ folder: project })
    const history = await readHistory(engine.client)
    const undone = made.slice(-decisionsUndone)
    expect(history.map(({ kind }) => kind)).toEqual([
      ...made.map(() => 'decide'),
      ...undone.map(() => 'undo'),
      ...undone.map(() => 'redo'),
    ])
    const changed = history.map(({ changes }) => {
      const [change] = changes.filter(({ field }) => field !== 'review')
      return { image: change?.imageId, field: change?.field, to: change?.to, check: change?.check }
    })
    const asMade = made.map((one) => ({ ...one, check: 'greyscale' }))
    expect(changed.slice(0, decisionsMade)).toEqual(asMade)
    expect(changed.slice(decisionsMade, -decisionsUndone).map(({ image }) => image)).toEqual(
      undone.map(({ image }) => image).toReversed(),
    )
    expect(changed.slice(-decisionsUndone)).toEqual(asMade.slice(-decisionsUndone))
    expect(history.every(({ conflicts, images }) => conflicts === 0 && images === 1)).toBe(true)

    for (const { image, field, to } of made) {
      const now = await engine.client.image.get({ imageId: image })
      const fields = { status: now.status, race: now.race, gender: now.gender, age: now.ageBin }
      expect({ image, [field]: fields[field] }).toEqual({ image, [field]: to })
    }
  })
})
