import fc from 'fast-check'
import { expect, it } from 'vitest'
import { moveView, nextZoom, wholeImage, zoomView } from '#renderer/features/curate/zoom-view.ts'

const pane = { widthPx: 400, heightPx: 300 }
const number = (bound: number) => fc.double({ min: -bound, max: bound, noNaN: true })

it('A zoomed picture covers its pane wherever it is moved, and whole it stands in the middle', () => {
  const act = fc.oneof(
    fc.record({ factor: fc.double({ min: 0.1, max: 10, noNaN: true }), xPx: number(200), yPx: number(150) }),
    fc.record({ factor: fc.constant(null), xPx: number(900), yPx: number(900) }),
  )
  fc.assert(
    fc.property(fc.array(act), (acts) => {
      let view = wholeImage
      for (const { factor, ...at } of acts)
        view = factor === null ? moveView(view, at, pane) : zoomView(view, factor, { at, pane })
      expect(view.scale).toBeGreaterThanOrEqual(1)
      expect(Math.abs(view.xPx)).toBeLessThanOrEqual(((view.scale - 1) * pane.widthPx) / 2 + 1e-9)
      expect(Math.abs(view.yPx)).toBeLessThanOrEqual(((view.scale - 1) * pane.heightPx) / 2 + 1e-9)
    }),
  )
})

it('What is under the pointer stays there while the wheel zooms in', () => {
  const at = { xPx: 90, yPx: -40 }
  const once = zoomView(wholeImage, 2, { at, pane })
  const twice = zoomView(once, 1.5, { at, pane })
  const under = ({ scale, xPx, yPx }: typeof once) => [(at.xPx - xPx) / scale, (at.yPx - yPx) / scale]
  expect([under(once), under(twice)]).toEqual([
    [90, -40],
    [90, -40],
  ])
})

it('The key zooms in twice and then shows the whole image', () => {
  const scales: number[] = []
  for (let view = nextZoom(wholeImage); scales.length < 4; view = nextZoom(view)) scales.push(view.scale)
  expect(scales).toEqual([2, 4, 1, 2])
})
