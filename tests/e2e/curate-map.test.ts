import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { findBrowserPath, launchBrowser } from '../../scripts/window/browser.ts'
import { makeTemporaryFolder, serveWindow, type ServedWindow } from '../../scripts/window/served-window.ts'
import { markContrast } from '#renderer/components/contrast.ts'
import { ageBinLabels, labelSchemes } from '#shared/domain/label-schemes.ts'
import { changeCatalogue } from '#tests/fixtures/change-catalogue.ts'
import { finishWell } from '#tests/fixtures/jobs.ts'
import { openEngine, type EngineClient } from '../fixtures/engine.ts'
import { drawLabelledPictures } from '../fixtures/labelled-project.ts'
import {
  findAxeViolations,
  listDrawnTraces,
  measurePoints,
  watchWindow,
  type WindowWatch,
} from './window-watch.ts'

const browserPath = findBrowserPath()
if (browserPath === null) {
  process.stderr.write(
    '\nNot run: tests/e2e/curate-map.test.ts (the map in a window). Install Chromium, Chrome or Edge, or name one in CHROMIUM_PATH.\n\n',
  )
}

const images = 48
/** Images of the first island; all others lie far from them. */
const isFirst = (imageId: number): boolean => imageId % 3 === 0
const dimensions = 4

/** A made-up space with two islands, as no project of generated pictures would have by itself. */
function storeIslands(project: string): number[] {
  let ids: number[] = []
  changeCatalogue(join(project, 'catalogue.sqlite'), (connection) => {
    connection
      .prepare(
        `INSERT INTO embedding_space (id, name, dimensions, version, source_sha256, revision)
         VALUES (1, 'made-up', ?, 1, ?, 1)`,
      )
      .run(dimensions, 'a'.repeat(64))
    ids = connection.prepare('SELECT id FROM image ORDER BY id').pluck().all().map(Number)
    const insert = connection.prepare(
      `INSERT INTO embedding (space_id, image_id, pixel_sha256, vector) VALUES (1, ?, '', ?)`,
    )
    for (const id of ids) {
      const side = isFirst(id) ? 50 : -50
      const vector = Float32Array.from({ length: dimensions }, (_, at) => side + Math.sin(id * (at + 1)))
      insert.run(id, new Uint8Array(vector.buffer))
    }
  })
  return ids
}

/** Pictures with every label that has a colour of its own on the map, and some without a race label. */
async function importLabelled(client: EngineClient, folder: string): Promise<string> {
  const pictures = join(folder, 'pictures')
  await drawLabelledPictures(pictures, images)
  const { race, gender } = labelSchemes.fairface7
  const rows = readdirSync(pictures).map((file, place) =>
    [file, ageBinLabels[place % 9], gender[place % 2], place % 8 === 7 ? '' : race[place % 8]].join(','),
  )
  const labels = join(folder, 'labels.csv')
  writeFileSync(labels, `${['file,age,gender,race', ...rows].join('\n')}\n`)
  const project = join(folder, 'project')
  await client.project.create({ folder: project })
  const { jobId } = await client.dataset.import({ source: pictures, format: 'fairface', labels: [labels] })
  await finishWell(client, jobId)
  return project
}

// One session: each test takes up where the one before it ended.
describe.skipIf(browserPath === null)('the map of the Curate screen', { timeout: 300_000 }, () => {
  const work = makeTemporaryFolder()
  let project: string
  let first: number[]
  let served: ServedWindow
  let browser: Browser
  let page: Page
  let watch: WindowWatch

  const open = async (view: 'map' | 'shortcuts') => {
    served = await serveWindow({ homeFolder: join(work.path, 'home'), project })
    served.takeAlong(browser)
    page = await browser.newPage({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' })
    page.setDefaultTimeout(60_000)
    watch = watchWindow(page)
    await page.goto(await served.offerSignIn())
    await page.getByRole('navigation', { name: 'Screens' }).waitFor()
    await page.goto(`${served.origin}/#/curate?view=${view}`)
  }
  const quit = async () => {
    await page.close()
    await served[Symbol.asyncDispose]()
  }
  const findViolations = async (): Promise<string[]> => {
    const violations: string[] = []
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
      await page.locator(`:root[data-mantine-color-scheme=${scheme}]`).waitFor()
      for (const violation of await findAxeViolations(page)) violations.push(`${scheme}: ${violation}`)
    }
    return violations
  }

  /** Of the images of the first island. */
  const findPixels = async (plot: Locator) =>
    (await listDrawnTraces(plot)).flatMap(({ points }) => points.filter(({ image }) => first.includes(image)))
  const listFaint = async (plot: Locator): Promise<string[]> => {
    // A canvas tells nobody when it has been drawn.
    await page.waitForTimeout(1000)
    return [...(await measurePoints(plot))].flatMap(([name, contrast]) =>
      contrast !== null && contrast >= markContrast
        ? []
        : [`${name}: ${contrast?.toFixed(2) ?? 'every mark is touched by others'}`],
    )
  }
  /** What stands out too little from its ground, by colouring and theme. */
  const findFaintPoints = async (): Promise<string[]> => {
    const faint: string[] = []
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
      await page.locator(`:root[data-mantine-color-scheme=${scheme}]`).waitFor()
      for (const coloring of ['race', 'gender', 'age', 'flag']) {
        await page.getByRole('combobox', { name: 'Colour by' }).selectOption(coloring)
        const plot = page.getByRole('img', {
          name: coloring === 'flag' ? /^Images by likeness, Odd/ : `Images by likeness, labelled ${coloring}`,
        })
        await plot.locator('.gl-canvas').first().waitFor()
        faint.push(...(await listFaint(plot)).map((line) => `${scheme}, ${coloring}, ${line}`))
      }
    }
    return faint
  }

  beforeAll(async () => {
    await using engine = openEngine(join(work.path, 'home'))
    project = await importLabelled(engine.client, work.path)
    const { jobId } = await engine.client.scan.start({ checks: ['odd-aspect'] })
    await finishWell(engine.client, jobId)
    await engine.client.project.close()
    browser = await launchBrowser(browserPath ?? '')
    await open('map')
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

  it('says what makes images comparable where they are not', async () => {
    const map = page.getByRole('region', { name: 'Map' })
    await map.getByText('A map needs images that can be compared.').waitFor()
    await map.getByText(/^Scan with the face checks, or train a model/).waitFor()
    expect(await findViolations()).toEqual([])
  })

  it('is made on request', async () => {
    await quit()
    first = storeIslands(project).filter(isFirst)
    await open('map')
    await page.getByRole('button', { name: 'Make the map' }).click()
    await page.getByRole('img', { name: new RegExp(`^Images by likeness.+n = ${images} images`) }).waitFor()
    await page.getByRole('button', { name: 'Make it again' }).waitFor()
    expect(await findViolations()).toEqual([])
  })

  it('draws points that stand out by 3 to 1 in both themes, whatever colours them', async () => {
    expect(await findFaintPoints()).toEqual([])
  })

  it('shows the picture below the pointer, and its details at a click', async () => {
    const plot = page.getByRole('img', { name: /^Images by likeness/ })
    const [pixel] = await findPixels(plot)
    if (pixel === undefined) throw new Error('The map has points')
    await page.mouse.move(pixel.x - 20, pixel.y - 20)
    await page.mouse.move(pixel.x, pixel.y, { steps: 5 })
    const shown = page.getByText(/^Image \d+$/)
    // The pointer passes over other points on its way.
    let name = ''
    await expect
      .poll(async () => {
        const before = name
        name = (await shown.first().textContent()) ?? ''
        return name !== '' && name === before
      })
      .toBe(true)
    await page.mouse.click(pixel.x, pixel.y)
    await page.getByRole('complementary', { name, exact: true }).waitFor()
    expect(page.url()).toContain(`image=${name.slice('Image '.length)}`)
    await page.keyboard.press('Escape')
    await page.getByRole('region', { name: 'Selection' }).waitFor()
    await page.goBack()
    await page.getByRole('complementary', { name, exact: true }).waitFor()
    await page.goBack()
    await page.getByRole('region', { name: 'Selection' }).waitFor()
  })

  it('selects exactly what is drawn around', async () => {
    const plot = page.getByRole('img', { name: /^Images by likeness/ })
    await plot.locator('.nsewdrag').first().waitFor()
    const pixels = await findPixels(plot)
    expect(pixels).toHaveLength(first.length)
    const [xs, ys] = [pixels.map(({ x }) => x), pixels.map(({ y }) => y)]
    const [left, right] = [Math.min(...xs) - 8, Math.max(...xs) + 8]
    const [top, bottom] = [Math.min(...ys) - 8, Math.max(...ys) + 8]
    await page.mouse.move(left, top)
    await page.mouse.down()
    for (const [x, y] of [
      [right, top],
      [right, bottom],
      [left, bottom],
      [left, top],
    ] as const)
      await page.mouse.move(x, y, { steps: 10 })
    await page.mouse.up()
    const panel = page.getByRole('region', { name: 'Selection' })
    await panel.getByRole('heading', { name: `${first.length} images selected` }).waitFor()
    await expect
      .poll(() => panel.getByRole('button', { name: /^Image \d+, labelled/ }).count(), { timeout: 60_000 })
      .toBe(first.length)
    expect(await listFaint(plot)).toEqual([])
  })

  it('decides what is selected by one key', async () => {
    await page.keyboard.press('k')
    const panel = page.getByRole('region', { name: 'Selection' })
    await panel.getByRole('heading', { name: 'Nothing selected' }).waitFor()
    await quit()
    await using engine = openEngine(join(work.path, 'home'))
    await engine.client.project.open({ folder: project })
    const { items } = await engine.client.image.query({ filter: { status: ['kept'] }, limit: 100 })
    expect(items.map(({ id }) => Number(id)).toSorted((a, b) => a - b)).toEqual(first)
    const history = await engine.client.decision.history({ limit: 10 })
    expect(history.items.map(({ kind, images: decided }) => [kind, decided])).toEqual([
      ['decide', first.length],
    ])
  })

  it('stands beside the shortcuts, which say what measures them', async () => {
    await open('shortcuts')
    await page.getByText(/^Shortcuts have not been measured yet/).waitFor()
    expect(await findViolations()).toEqual([])
  })
})
