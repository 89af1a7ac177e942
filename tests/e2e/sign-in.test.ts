import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildWindow } from '../../scripts/build-window.ts'
import { findBrowserPath, launchBrowser } from '../../scripts/window/browser.ts'
import { makeTemporaryFolder, serveWindow, type ServedWindow } from '../../scripts/window/served-window.ts'
import { ServerRecords } from '../../src/main/hosts/server/server-records.ts'
import { findAxeViolations } from './window-watch.ts'

const browserPath = findBrowserPath()
if (browserPath === null) {
  process.stderr.write(
    '\nNot run: tests/e2e/sign-in.test.ts. Install Chromium, Chrome or Edge, or name one in CHROMIUM_PATH.\n\n',
  )
}

describe.skipIf(browserPath === null)('signing in with a browser', { timeout: 120_000 }, () => {
  const work = makeTemporaryFolder()
  const homeFolder = join(work.path, 'home')
  let served: ServedWindow
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    buildWindow()
    served = await serveWindow({ homeFolder })
    browser = await launchBrowser(browserPath ?? '')
    served.takeAlong(browser)
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
    page.setDefaultTimeout(60_000)
  }, 300_000)

  afterAll(async () => {
    await browser?.close()
    await served?.[Symbol.asyncDispose]()
    work[Symbol.dispose]()
  })

  const expectHeading = (name: string) => page.getByRole('heading', { name, level: 1 }).waitFor()
  const codeOf = async () => new URL(await served.offerSignIn()).hash.replace('#code=', '')

  it('by the file that a command leaves opens the window, and no address holds the code', async () => {
    const addresses: string[] = []
    page.on('request', (request) => addresses.push(request.url()))
    const code = await codeOf()
    const { port } = new URL(served.origin)
    const records = new ServerRecords(work.path)
    await page.goto(await records.writeSignInPage({ origin: served.origin, port: Number(port) }, code))
    await expectHeading('Home')
    expect(page.url()).toMatch(new RegExp(`^${served.origin}/(#/)?$`))
    expect(addresses).toContain(`${served.origin}/session/enter`)
    expect(addresses.filter((address) => address.includes(code))).toEqual([])
  })

  it('stays through a reload', async () => {
    await page.reload()
    await expectHeading('Home')
  })

  it('after the server was started anew takes the new address in the same tab, and comes back to where it was', async () => {
    await page.goto(`${served.origin}/#/settings`)
    await expectHeading('Settings')
    const { port } = new URL(served.origin)
    await served[Symbol.asyncDispose]()
    served = await serveWindow({ homeFolder, port: Number(port) })
    served.takeAlong(browser)
    await page.getByText('This browser is signed out').waitFor()
    await page.goto(await served.offerSignIn())
    await page.getByText('This browser is signed out').waitFor({ state: 'detached' })
    await expectHeading('Settings')
    expect(page.url()).toBe(`${served.origin}/#/settings`)
  })

  it('ends when the person signs out; the screen says what to do and takes an address', async () => {
    await page.getByRole('button', { name: 'Sign out', exact: true }).click()
    await expectHeading('Signed out')
    await page.getByText('evenhand sign-in', { exact: true }).waitFor()
    expect(await findAxeViolations(page)).toEqual([])
    const field = page.getByRole('textbox', { name: 'Or paste the address here' })
    await field.fill(`${served.origin}/#code=${'x'.repeat(22)}`)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('This code was used already').waitFor()
    await field.fill(await served.offerSignIn())
    await page.getByRole('button', { name: 'Sign in' }).click()
    await expectHeading('Settings')
  })

  it('of another browser ends when this one signs out all others', async () => {
    const other = await browser.newPage()
    await other.goto(await served.offerSignIn())
    await other.getByRole('heading', { name: 'Home', level: 1 }).waitFor()
    await page.getByRole('button', { name: 'Sign out all others' }).click()
    await page.getByText('All others are signed out.').waitFor()
    await other.getByText('This browser is signed out').waitFor()
    await other.getByRole('button', { name: 'Sign in again' }).click()
    await other.getByRole('heading', { name: 'Signed out', level: 1 }).waitFor()
    await other.close()
    await page.reload()
    await expectHeading('Settings')
  })

  it('with an address that was used already leaves a browser that is signed in where it is', async () => {
    const address = await served.offerSignIn()
    // Only the part behind the `#` changes: the heading stands throughout, and the page loads itself anew later.
    const reloaded = page.waitForEvent('load')
    await page.goto(address)
    await reloaded
    await expectHeading('Settings')
    await page.goto('about:blank')
    await page.goto(address)
    await expectHeading('Home')
  })
})
