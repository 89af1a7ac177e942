import axe from 'axe-core'
import type * as AxeModule from 'axe-core'
import type { Locator, Page } from 'playwright-core'
import sharp from 'sharp'
import { contrastOf } from '#renderer/components/contrast.ts'

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

// Beyond WCAG: landmarks, order of headings and the like.
const axeTags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

export interface AxeOptions {
  /** Rules that another test holds. */
  readonly without?: readonly string[]
  /** The dialog or menu that lies on top alone, where there is one. */
  readonly onTop?: boolean
}

/** Each violation of WCAG 2.2 AA on the page as one line, with the elements that make it. */
export async function findAxeViolations(
  page: Page,
  { without = [], onTop = false }: AxeOptions = {},
): Promise<string[]> {
  // Evaluated through the debugger, which the page's content security policy does not concern.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe.source)
  const results = await page.evaluate(
    ({ tags, left, isOfTop }) => {
      const opened = [...document.querySelectorAll('[role=dialog], [role=menu]')]
      const top = isOfTop ? opened.findLast((one) => one.checkVisibility()) : undefined
      return globalThis.axe.run(top ?? document, {
        runOnly: { type: 'tag', values: tags },
        rules: Object.fromEntries(left.map((rule) => [rule, { enabled: false }])),
        resultTypes: ['violations'],
      })
    },
    { tags: axeTags, left: [...without], isOfTop: onTop },
  )
  return results.violations.map(
    ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`,
  )
}

export interface DrawnTrace {
  readonly name: string
  /** In pixels of the page. */
  readonly points: readonly { readonly image: number; readonly x: number; readonly y: number }[]
}

/* oxlint-disable no-underscore-dangle -- Plotly keeps the places of its axes under such names, and tells them nowhere else */
/** Where a plot draws its points, canvases too, which hold no elements to be asked. */
export async function listDrawnTraces(plot: Locator): Promise<DrawnTrace[]> {
  return await plot.evaluate((element) => {
    const { _fullLayout: layout, data } = element as unknown as {
      _fullLayout: Record<'xaxis' | 'yaxis', { _offset: number; d2p: (value: number) => number }>
      data: { name: string; x: number[]; y: number[]; customdata: number[] }[]
    }
    const { left, top } = element.getBoundingClientRect()
    return data.map(({ name, x, y, customdata }) => ({
      name,
      points: customdata.map((image, at) => ({
        image,
        x: left + layout.xaxis._offset + layout.xaxis.d2p(x[at] ?? 0),
        y: top + layout.yaxis._offset + layout.yaxis.d2p(y[at] ?? 0),
      })),
    }))
  })
}
/* oxlint-enable no-underscore-dangle */

/** A mark reaches so far from its middle. */
const markRadiusPx = 4
/** So many pixels of a mark have to stand out, since one alone may be the rim of a smoothed edge. */
const fewestPixels = 5

/**
 * The contrast of each trace's marks with what they stand on, as the pixels of the window show it: of the marks that no
 * mark of another trace touches the median, of each mark what five of its pixels reach. Null where there is none.
 */
export async function measurePoints(plot: Locator): Promise<Map<string, number | null>> {
  const traces = await listDrawnTraces(plot)
  const box = await plot.boundingBox()
  if (box === null) throw new Error('The plot is not drawn')
  const picture = sharp(await plot.screenshot({ animations: 'disabled' })).removeAlpha()
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true })
  const colorAt = (x: number, y: number) => {
    const at = (Math.round(y) * info.width + Math.round(x)) * 3
    return `#${data.subarray(at, at + 3).toString('hex')}`
  }
  const corner = colorAt(2, 2)
  const isAlone = (point: DrawnTrace['points'][number], name: string) =>
    traces.every(
      (trace) =>
        trace.name === name ||
        trace.points.every(({ x, y }) => Math.hypot(x - point.x, y - point.y) > 2 * markRadiusPx),
    )
  const measure = (point: DrawnTrace['points'][number]): number => {
    const contrasts: number[] = []
    for (let dy = -markRadiusPx; dy <= markRadiusPx; dy++)
      for (let dx = -markRadiusPx; dx <= markRadiusPx; dx++)
        contrasts.push(contrastOf(colorAt(point.x - box.x + dx, point.y - box.y + dy), corner) ?? 0)
    return contrasts.toSorted((a, b) => b - a)[fewestPixels - 1] ?? 0
  }
  return new Map(
    traces.map(({ name, points }) => {
      const alone = points.filter((point) => isAlone(point, name))
      const measured = alone.map(measure).toSorted((a, b) => a - b)
      return [name, measured[measured.length >> 1] ?? null]
    }),
  )
}

declare global {
  // The script puts itself there.
  var axe: typeof AxeModule
}
