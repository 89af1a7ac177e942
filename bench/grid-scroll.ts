/**
 * `node bench/grid-scroll.ts [--images 100000] [--project FOLDER] [--out FILE]`
 *
 * Whether the catalogue's grid shows blank places while it scrolls, in a real browser on the built window: a fast wheel
 * (100 px a frame), a fling (800 px, a whole screen, a frame) and jumps of the scroll bar. A place is blank when it is in
 * sight and no tile stands in it; it is without its picture while the tile stands and its thumbnail has not come. The
 * longest stretch of time with any blank in sight counts, whichever place it was. Then how long a click on the value of a
 * facet takes until the new total stands there, nothing cached. Wants a browser of Chromium's family
 * (CHROMIUM_PATH, else the first one installed). Results go to bench/results/grid-scroll.json.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { arch as cpuArch, availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createRouterClient } from '@orpc/server'
import { createEngine } from '#engine/create-engine.ts'
import { locateWorkers } from '#engine/base/threads/worker-locator.ts'
import { buildWindow } from '../scripts/build-window.ts'
import { findBrowserPath, launchBrowser } from '../scripts/window/browser.ts'
import { serveWindow } from '../scripts/window/served-window.ts'
import { fillSyntheticCatalogue } from './synthetic-catalogue.ts'

const { values: options } = parseArgs({
  options: {
    images: { type: 'string', default: '100000' },
    /** Measured as it is; without one a project is made and thrown away. */
    project: { type: 'string' },
    out: { type: 'string', default: fileURLToPath(new URL('results/grid-scroll.json', import.meta.url)) },
  },
})

async function makeProject(folder: string, images: number): Promise<string> {
  const project = join(folder, 'project')
  const engine = createEngine({
    host: 'cli',
    userDataFolder: join(folder, 'home'),
    workers: locateWorkers(new URL('../src/main/cli.ts', import.meta.url).href),
  })
  await createRouterClient(engine.router).project.create({ folder: project })
  await engine.dispose()
  process.stderr.write(`Making ${images} images\n`)
  await fillSyntheticCatalogue({ project, images, checks: 25, pictures: 500 })
  return project
}

/** Runs in the page. */
async function scrollGrid() {
  const grid = document.querySelector('[role=listbox]')
  if (!(grid instanceof HTMLElement)) throw new Error('There is no grid')
  const nextFrame = () => new Promise<number>((settle) => requestAnimationFrame(settle))
  // What the frame that has just been drawn shows.
  const look = () => {
    const box = grid.getBoundingClientRect()
    let [tiles, blank, bare] = [0, 0, 0]
    for (const row of grid.querySelectorAll('[class*=gridRow]')) {
      const { top, bottom } = row.getBoundingClientRect()
      if (bottom < box.top || top > box.bottom) continue
      for (const cell of row.children) {
        tiles++
        if (cell.getAttribute('role') !== 'option') blank++
        else if (cell.querySelector('img')?.complete !== true) bare++
      }
    }
    // A view without any row is one whole blank.
    return { blank: tiles === 0 ? 1 : blank, bare }
  }
  const watch = () => {
    let [since, longest, frames] = [0, 0, 0]
    return {
      mark: (now: number, isShown: boolean) => {
        if (isShown) frames++
        if (isShown && since === 0) since = now
        if (since > 0) longest = Math.max(longest, now - since)
        if (!isShown) since = 0
      },
      result: () => ({ frames, longestMs: Math.round(longest) }),
    }
  }
  const jump = async (top: number) => {
    grid.scrollTop = top
    const start = performance.now()
    await nextFrame()
    while (look().blank > 0 && performance.now() - start < 5000) await nextFrame()
    return Math.round(performance.now() - start)
  }
  const scroll = async (steps: number, next: (step: number) => number) => {
    // Where a flight begins is a jump, which is measured by itself.
    await jump(next(0))
    const [blank, bare] = [watch(), watch()]
    const started = performance.now()
    let [longestFrame, last, stoppedAt] = [0, started, started]
    let doneAt: number | null = null
    // Sixty frames after the last step, so that what came late is counted to its end.
    for (let step = 0; step < steps + 60; step++) {
      if (step < steps) {
        grid.scrollTop = next(step)
        stoppedAt = performance.now()
      }
      await nextFrame()
      const now = performance.now()
      longestFrame = Math.max(longestFrame, now - last)
      last = now
      const seen = look()
      blank.mark(now, seen.blank > 0)
      const isBare = seen.blank > 0 || seen.bare > 0
      bare.mark(now, isBare)
      if (isBare) doneAt = null
      else doneAt ??= Math.max(0, now - stoppedAt)
    }
    return {
      steps,
      framesPerSecond: Math.round(((steps + 60) / (last - started)) * 1000),
      longestFrameMs: Math.round(longestFrame),
      blank: blank.result(),
      withoutPicture: bare.result(),
      // From the last step on; what is left after sixty frames is told by null.
      picturesAfterMs: doneAt === null ? null : Math.round(doneAt),
    }
  }
  const wheel = await scroll(300, (step) => step * 100)
  const fling = await scroll(200, (step) => 40_000 + step * 800)
  const back = await scroll(200, (step) => 1_000_000 - step * 800)
  const jumps: number[] = []
  for (let at = 0; at < 20; at++) jumps.push(await jump((((at * 7919) % 100) / 100) * grid.scrollHeight))
  jumps.sort((a, b) => a - b)
  return { wheel, fling, back, jumpsMs: { p50: jumps[10], p95: jumps[18], max: jumps[19] } }
}

/** Runs in the page. Milliseconds until the total of each of up to 30 values of race, gender and age is shown. */
async function clickFacets() {
  const outputs = [...document.querySelectorAll('output')]
  const total = outputs.find(({ textContent }) => textContent.endsWith(' images'))
  if (total === undefined) throw new Error('There is no total')
  const nextFrame = () => new Promise<number>((settle) => requestAnimationFrame(settle))
  const pause = (ms: number) => new Promise<void>((settle) => setTimeout(settle, ms))
  const clickAndWait = async (click: () => void): Promise<number> => {
    const before = total.textContent
    const from = performance.now()
    click()
    while (total.textContent === before) {
      if (performance.now() - from > 5000) throw new Error(`The total stays ${before}`)
      await nextFrame()
    }
    return performance.now() - from
  }
  const facets = ['race', 'gender', 'age']
    .map((name) => `[aria-labelledby=facet-${name}] li button`)
    .join(',')
  const times: number[] = []
  for (let at = 0; at < 30; at++) {
    const value = document.querySelectorAll<HTMLButtonElement>(facets)[at]
    if (value === undefined) break
    times.push(await clickAndWait(() => value.click()))
    await pause(500)
    const again = document.querySelectorAll<HTMLButtonElement>(facets)[at]
    await clickAndWait(() => again?.click())
    await pause(500)
  }
  times.sort((a, b) => a - b)
  return { clicks: times.length, p50: times[times.length >> 1], max: times.at(-1) }
}

async function main(folder: string): Promise<void> {
  const browserPath = findBrowserPath()
  if (browserPath === null) throw new Error('No browser is installed; name one with CHROMIUM_PATH.')
  buildWindow()
  const images = Number(options.images)
  const project = options.project ?? (await makeProject(folder, images))
  await using served = await serveWindow({ homeFolder: join(folder, 'window'), project })
  const browser = await launchBrowser(browserPath)
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
    await page.goto(await served.offerSignIn())
    await page.goto(`${served.origin}/#/catalogue`)
    const grid = page.getByRole('listbox', { name: 'Images' })
    await grid.getByRole('option').first().waitFor({ timeout: 120_000 })
    // Facets and first pictures come before anybody scrolls.
    await page.waitForTimeout(2000)
    const rows = await grid.getByRole('option').first().getAttribute('aria-setsize')
    const result = {
      images: Number(rows),
      cpu: `${cpus()[0]?.model.trim() ?? 'unknown'} (${cpuArch()}), ${availableParallelism()} threads`,
      browser: browser.version(),
      ...(await page.evaluate(scrollGrid)),
      facetMs: await page.evaluate(clickFacets),
    }
    writeFileSync(options.out, `${JSON.stringify(result, null, 2)}\n`)
    process.stdout.write(`${JSON.stringify(result, null, 2)}\n`)
  } finally {
    await browser.close()
  }
}

const folder = mkdtempSync(join(tmpdir(), 'evenhand-grid-'))
try {
  await main(folder)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
