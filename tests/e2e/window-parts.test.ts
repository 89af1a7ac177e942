import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { screens } from '#renderer/app/screens.ts'
import { findBrowserPath, launchBrowser } from '../../scripts/window/browser.ts'
import { makeTemporaryFolder, serveWindow, type ServedWindow } from '../../scripts/window/served-window.ts'

const browserPath = findBrowserPath()
if (browserPath === null) {
  process.stderr.write(
    '\nNot run: a part of tests/e2e/window-parts.test.ts (a screen that cannot be loaded). Install Chromium, Chrome or Edge, or name one in CHROMIUM_PATH.\n\n',
  )
}

const windowFolder = resolve(import.meta.dirname, '../../out/renderer')
const readAsset = (name: string) => readFileSync(join(windowFolder, 'assets', name))
const readCompressed = (name: string) => readAsset(`${name}.br`)

const weigh = (names: readonly string[], read: (name: string) => Buffer): number =>
  names.reduce((bytes, name) => bytes + read(name).byteLength, 0)

describe('the built window', () => {
  let assets: readonly string[] = []
  /** What the page names: loaded before any screen. */
  let first: readonly string[] = []

  beforeAll(() => {
    assets = readdirSync(join(windowFolder, 'assets'))
    const page = readFileSync(join(windowFolder, 'index.html'), 'utf8')
    first = [...page.matchAll(/(?:src|href)="\.\/assets\/([^"]+)"/g)].flatMap(([, name]) => name ?? [])
  }, 300_000)

  it('begins with little', () => {
    const scripts = first.filter((name) => name.endsWith('.js'))
    const styles = first.filter((name) => name.endsWith('.css'))
    expect([scripts.length, styles.length]).not.toContain(0)
    expect(weigh(scripts, readAsset)).toBeLessThan(800_000)
    expect(weigh(scripts, readCompressed)).toBeLessThan(230_000)
    expect(weigh(styles, readCompressed)).toBeLessThan(22_000)
  })

  it('has each screen, and the library of the plots, in a script of its own', () => {
    const parts = [...screens.map(({ path }) => `${path.slice(1) || 'home'}-screen`), 'plotly-bundle']
    const found = parts.map((part) =>
      assets.filter((name) => name.startsWith(`${part}-`) && name.endsWith('.js')),
    )
    expect(found.map(({ length }) => length)).toEqual(parts.map(() => 1))
    expect(first.filter((name) => found.flat().includes(name))).toEqual([])
  })

  it('has every script and style compressed beside itself', () => {
    const plain = assets.filter((name) => /\.(?:js|css)$/.test(name))
    const equal = plain.map((name) => ({
      name,
      br: brotliDecompressSync(readAsset(`${name}.br`)).equals(readAsset(name)),
      gz: gunzipSync(readAsset(`${name}.gz`)).equals(readAsset(name)),
    }))
    expect(equal).toEqual(plain.map((name) => ({ name, br: true, gz: true })))
  })
})

describe.skipIf(browserPath === null)('a screen that cannot be loaded', { timeout: 120_000 }, () => {
  const work = makeTemporaryFolder()
  let served: ServedWindow
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    served = await serveWindow({ homeFolder: join(work.path, 'home') })
    browser = await launchBrowser(browserPath ?? '')
    served.takeAlong(browser)
    page = await browser.newPage({ viewport: { width: 1280, height: 800 }, baseURL: served.origin })
    page.setDefaultTimeout(60_000)
    await page.goto(await served.offerSignIn())
  }, 300_000)

  afterAll(async () => {
    await browser?.close()
    await served?.[Symbol.asyncDispose]()
    work[Symbol.dispose]()
  })

  it('says so, leaves the others usable, and comes with a reload', async () => {
    const rail = page.getByRole('navigation', { name: 'Screens' })
    await page.route('**/assets/settings-screen-*.js', (route) => route.abort())
    await rail.getByRole('link', { name: 'Settings' }).click()
    const alert = page.getByRole('alert')
    await alert.getByText('A part of the window could not be loaded.').waitFor()

    await rail.getByRole('link', { name: 'Home' }).click()
    await page.getByRole('button', { name: /^New project/ }).waitFor()
    expect(await alert.count()).toBe(0)

    await rail.getByRole('link', { name: 'Settings' }).click()
    await alert.waitFor()
    await page.unroute('**/assets/settings-screen-*.js')
    await alert.getByRole('button', { name: 'Reload the window' }).click()
    await page.getByRole('heading', { name: 'This machine' }).waitFor()
    expect(page.url()).toContain('#/settings')
    expect(await alert.count()).toBe(0)
  })
})
