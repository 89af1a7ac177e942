declare module 'plotly.js/lib/core' {
  import type { Config, Data, Layout } from 'plotly.js'

  interface PlotlyCore {
    register(modules: readonly unknown[]): void
    react(
      root: HTMLElement,
      data: readonly Data[],
      layout: Partial<Layout>,
      config: Partial<Config>,
    ): Promise<unknown>
    purge(root: HTMLElement): void
    toImage(
      figure: { data: readonly Data[]; layout: Partial<Layout> },
      options: { format: 'svg' | 'png'; width: number; height: number; scale: number },
    ): Promise<string>
    readonly Plots: { resize(root: HTMLElement): Promise<unknown> | void }
  }
  const Plotly: PlotlyCore
  export default Plotly
}

declare module 'plotly.js/lib/bar' {
  const trace: unknown
  export default trace
}

declare module 'plotly.js/lib/heatmap' {
  const trace: unknown
  export default trace
}

declare module 'plotly.js/src/traces/scattergl/strict' {
  const trace: unknown
  export default trace
}
