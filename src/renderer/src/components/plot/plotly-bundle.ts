import Plotly from 'plotly.js/lib/core'
import bar from 'plotly.js/lib/bar'
import heatmap from 'plotly.js/lib/heatmap'

// `scatter` is part of the core; nothing else is drawn, so nothing else is loaded.
Plotly.register([bar, heatmap])

// Plotly's functions take no `this`.
// oxlint-disable-next-line typescript/unbound-method
export const { react, purge, toImage, Plots } = Plotly
