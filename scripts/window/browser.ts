import { chromium, type Browser } from 'playwright-core'
import { findChromium } from '../../src/main/hosts/server/open-browser.ts'

/** `CHROMIUM_PATH`, else the first browser of Chromium's family that is installed, else null. */
export function findBrowserPath(): string | null {
  const chosen = process.env['CHROMIUM_PATH']
  if (chosen !== undefined && chosen !== '') return chosen
  return findChromium({ platform: process.platform, env: process.env })?.path ?? null
}

/** Headless, without a sandbox (tests run as root in containers) and without calls home. */
export function launchBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-domain-reliability',
      '--disable-sync',
      '--no-first-run',
      '--force-color-profile=srgb',
    ],
  })
}
