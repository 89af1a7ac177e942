import axe from 'axe-core'
import type * as AxeModule from 'axe-core'
import type { Page } from 'playwright-core'

export interface WindowWatch {
  /** Console errors and uncaught exceptions since the last call. */
  readonly takeErrors: () => string[]
}

/** Listens to everything a page complains about. */
export function watchWindow(page: Page): WindowWatch {
  let errors: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(`${message.text()} (${message.location().url})`)
  })
  page.on('pageerror', (error) => errors.push(String(error)))
  return {
    takeErrors: () => {
      const taken = errors
      errors = []
      return taken
    },
  }
}

const wcagTags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** Each violation of WCAG 2.2 AA on the page as one line, with the elements that make it. */
export async function findAxeViolations(page: Page): Promise<string[]> {
  // Evaluated through the debugger, which the page's content security policy does not concern.
  await page.evaluate(axe.source)
  const results = await page.evaluate(
    (tags) => globalThis.axe.run(document, { runOnly: { type: 'tag', values: tags } }),
    wcagTags,
  )
  return results.violations.map(
    ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`,
  )
}

declare global {
  // The script puts itself there.
  var axe: typeof AxeModule
}
