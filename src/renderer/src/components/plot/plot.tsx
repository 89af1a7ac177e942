import { ActionIcon, Menu, Skeleton, useComputedColorScheme } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { IconDownload } from '@tabler/icons-react'
import { CatchBoundary, type ErrorComponentProps } from '@tanstack/react-router'
import { Suspense, use, useEffect, useEffectEvent, useMemo, useRef } from 'react'
import * as z from 'zod'
import type * as plotlyBundle from './plotly-bundle.ts'
import { describeError } from '../error-text.ts'
import { loadPart } from '../load-part.ts'
import { ErrorState } from '../states.tsx'
import { downloadText, downloadUrl } from './download.ts'
import {
  layoutPicture,
  plotColors,
  toCsv,
  toFileName,
  type PlotColors,
  type PlotFigure,
} from './plot-figure.ts'
import styles from './plot.module.css'
import { makeStandOut } from './stand-out.ts'

type PlotlyBundle = typeof plotlyBundle

let bundle: Promise<PlotlyBundle> | undefined

function loadPlotly(): Promise<PlotlyBundle> {
  bundle ??= loadPart(() => import('./plotly-bundle.ts'))
  return bundle
}

export interface PlotProps {
  /** Memoised by the caller: a new function is a new drawing. */
  readonly figure: (colors: PlotColors) => PlotFigure
  readonly heightPx: number
  /** What the figures come from, such as model, split and their hashes: it stands in the pictures that are exported. */
  readonly source?: string | undefined
  /** Points that were drawn around, by their `customdata`; the layout's drag mode says how. */
  readonly onSelect?: ((points: readonly number[]) => void) | undefined
  /** The point below the pointer by its `customdata`, and where the pointer is; null once it has left. */
  readonly onHover?: ((hovered: HoveredPoint | null) => void) | undefined
  /** A point that was clicked, by its `customdata`. */
  readonly onPick?: ((point: number) => void) | undefined
}

export interface HoveredPoint {
  readonly point: number
  /** In the window. */
  readonly xPx: number
  readonly yPx: number
}

/** A titled plot with its n and its export; the drawing library is loaded with the first one. */
export function Plot({ figure, heightPx, source, ...told }: PlotProps) {
  const scheme = useComputedColorScheme('light')
  const drawn = useMemo(() => makeStandOut(figure(plotColors[scheme]), plotColors[scheme]), [figure, scheme])
  return (
    <figure className={styles['plot']}>
      <figcaption>
        <strong>{drawn.title}</strong>
        <span>{drawn.note}</span>
        <ExportMenu figure={figure} heightPx={heightPx} source={source} />
      </figcaption>
      <CatchBoundary getResetKey={() => drawn.title} errorComponent={NotDrawn}>
        <Suspense fallback={<Skeleton h={heightPx} />}>
          <Drawing figure={drawn} heightPx={heightPx} {...told} />
        </Suspense>
      </CatchBoundary>
    </figure>
  )
}

/** The figures stand beside the plot, so a plot that fails does not take the screen with it. */
function NotDrawn({ error }: ErrorComponentProps) {
  return <ErrorState error={error} compact />
}

interface DrawingProps extends Omit<PlotProps, 'figure' | 'source'> {
  readonly figure: PlotFigure
}

const selection = z.object({ points: z.array(z.object({ customdata: z.number() })) })
const hover = selection.extend({ event: z.object({ clientX: z.number(), clientY: z.number() }) })

function Drawing({ figure, heightPx, onSelect, onHover, onPick }: DrawingProps) {
  const plotly = use(loadPlotly())
  const ref = useRef<HTMLDivElement>(null)

  useEffect(() => {
    const element = ref.current
    if (element === null) return
    const config = {
      displayModeBar: false,
      responsive: false,
      doubleClick: 'reset' as const,
      scrollZoom: figure.layout.dragmode !== undefined,
    }
    const layout = { ...figure.layout, height: heightPx, autosize: true }
    plotly.react(element, figure.data, layout, config).catch((error: unknown) => {
      // Plotly draws in several turns and trips over a plot that left the page between two of them.
      if (element.isConnected) throw error
    })
  }, [plotly, figure, heightPx])

  useEffect(() => {
    const element = ref.current
    if (element === null) return
    const observer = new ResizeObserver(() => void plotly.Plots.resize(element))
    observer.observe(element)
    return () => {
      observer.disconnect()
      plotly.purge(element)
    }
  }, [plotly])

  const select = useEffectEvent((event: unknown) => {
    // Plotly also tells of a selection that was cleared, with nothing in it.
    const { data } = selection.safeParse(event)
    if (data !== undefined) onSelect?.(data.points.map(({ customdata }) => customdata))
  })
  const look = useEffectEvent((event: unknown) => {
    const { data } = hover.safeParse(event)
    const [point] = data?.points ?? []
    if (data !== undefined && point !== undefined)
      onHover?.({ point: point.customdata, xPx: data.event.clientX, yPx: data.event.clientY })
  })
  const leave = useEffectEvent(() => onHover?.(null))
  const pick = useEffectEvent((event: unknown) => {
    const [point] = selection.safeParse(event).data?.points ?? []
    if (point !== undefined) onPick?.(point.customdata)
  })
  useEffect(() => {
    const element = ref.current
    if (element === null) return
    plotly.listen(element, 'plotly_selected', (event) => select(event))
    plotly.listen(element, 'plotly_hover', (event) => look(event))
    plotly.listen(element, 'plotly_unhover', () => leave())
    plotly.listen(element, 'plotly_click', (event) => pick(event))
  }, [plotly])

  return (
    <div
      ref={ref}
      // Many drawn elements that read as one picture.
      // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
      role="img"
      aria-label={`${figure.title}. ${figure.note}`}
      style={{ height: heightPx }}
      className={styles['canvas']}
    />
  )
}

function ExportMenu({ figure, heightPx, source }: Pick<PlotProps, 'figure' | 'heightPx' | 'source'>) {
  const save = async (format: 'svg' | 'png') => {
    const drawn = makeStandOut(figure(plotColors.light), plotColors.light)
    const { toImage } = await loadPlotly()
    const url = await toImage(
      { data: drawn.data, layout: layoutPicture(drawn, source) },
      { format, width: 960, height: Math.max(420, heightPx + 120), scale: format === 'png' ? 2 : 1 },
    )
    downloadUrl(url, `${toFileName(drawn.title)}.${format}`)
  }
  const start = (format: 'svg' | 'png') => {
    save(format).catch((error: unknown) => {
      notifications.show({
        color: 'red',
        title: 'The picture could not be written',
        message: describeError(error).message,
      })
    })
  }
  const { title, table } = figure(plotColors.light)
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon size={24} aria-label={`Export: ${title}`}>
          <IconDownload size={14} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => start('svg')}>Picture as SVG</Menu.Item>
        <Menu.Item onClick={() => start('png')}>Picture as PNG</Menu.Item>
        <Menu.Item
          onClick={() => downloadText(toCsv(table), { name: `${toFileName(title)}.csv`, type: 'text/csv' })}
        >
          Figures as CSV
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
