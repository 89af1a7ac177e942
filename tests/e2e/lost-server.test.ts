import { join } from 'node:path'
import { expect, it } from 'vitest'
import { buildWindow } from '../../scripts/build-window.ts'
import { findBrowserPath, launchBrowser } from '../../scripts/window/browser.ts'
import { makeTemporaryFolder, serveWindow } from '../../scripts/window/served-window.ts'

const browserPath = findBrowserPath()

it.skipIf(browserPath === null)(
  'what waits for a page of a server that has ended fails at once, and says so',
  async () => {
    buildWindow()
    using work = makeTemporaryFolder()
    await using served = await serveWindow({ homeFolder: join(work.path, 'home') })
    await using browser = await launchBrowser(browserPath ?? '')
    served.takeAlong(browser)
    const page = await browser.newPage()
    await page.goto(await served.offerSignIn())
    const waiting = page.getByText('What never comes').waitFor({ timeout: 0 })
    process.kill(served.pid, 'SIGKILL')
    await expect(waiting).rejects.toThrow('The server ended by itself (SIGKILL)')
  },
)
