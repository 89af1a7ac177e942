import { lookUp } from '#shared/domain/look-up.ts'

/** Marker symbols by Plotly's names. */
export type MarkerShape =
  | 'circle'
  | 'square'
  | 'diamond'
  | 'triangle-up'
  | 'triangle-down'
  | 'cross'
  | 'hexagon'
  | 'star'
  | 'pentagon'

export interface GroupStyle {
  readonly color: string
  /** Drawn around the marker where the fill alone would not stand out. */
  readonly outline: string
  readonly shape: MarkerShape
}

const grey: GroupStyle = { color: '#7f858e', outline: '#7f858e', shape: 'circle' }

function solid(color: string, shape: MarkerShape): GroupStyle {
  return { color, outline: color, shape }
}

// Okabe & Ito, "Color Universal Design" (2008); shapes keep groups apart in greyscale print.
const groupStyles: Readonly<Record<string, GroupStyle>> = {
  White: solid('#0072B2', 'circle'),
  Black: solid('#E69F00', 'square'),
  Latino_Hispanic: solid('#009E73', 'diamond'),
  'East Asian': solid('#CC79A7', 'triangle-up'),
  'Southeast Asian': solid('#56B4E9', 'triangle-down'),
  Indian: solid('#D55E00', 'cross'),
  'Middle Eastern': { color: '#F0E442', outline: '#4d4a14', shape: 'hexagon' },
  Asian: solid('#CC79A7', 'pentagon'),
  Others: { ...grey, shape: 'star' },
  'Plain ring': solid('#0072B2', 'circle'),
  'Double ring': solid('#E69F00', 'square'),
  'Dashed ring': solid('#009E73', 'diamond'),
  'Dotted ring': solid('#CC79A7', 'triangle-up'),
  'Spoked ring': solid('#56B4E9', 'triangle-down'),
}

/** The fixed colour and marker of a race label; labels outside the built-in schemes are grey circles. */
export function groupStyleOf(group: string): GroupStyle {
  return lookUp(groupStyles, group) ?? grey
}
