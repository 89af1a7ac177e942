import Plotly from 'plotly.js/lib/core'
import bar from 'plotly.js/lib/bar'
import heatmap from 'plotly.js/lib/heatmap'
// Its shaders are compiled ahead: the usual build makes code at run time, which the window's policy forbids.
import scattergl from 'plotly.js/src/traces/scattergl/strict'

// `scatter` is part of the core; nothing else is drawn, so nothing else is loaded.
Plotly.register([bar, heatmap, scattergl])

// Plotly's functions take no `this`.
// oxlint-disable-next-line typescript/unbound-method
export const { react, purge, toImage, Plots } = Plotly

/** Listens to a plot that has been drawn; purging the plot ends it. */
export function listen(root: HTMLElement, name: string, listener: (event: unknown) => void): void {
  if ('on' in root && typeof root.on === 'function') root.on(name, listener)
}
