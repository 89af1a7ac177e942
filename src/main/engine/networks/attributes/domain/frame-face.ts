import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'
import type { Box } from '#engine/networks/faces/domain/geometry.ts'
import type { SquareView } from '#engine/networks/faces/domain/sample-square.ts'

export type ChannelOrder = 'rgb' | 'bgr'

/**
 * The square around a face's box with a margin of a share of its longer side; what lies outside of the picture is black.
 */
export function frameFace(
  box: Box,
  { width, height }: Pick<RgbImage, 'width' | 'height'>,
  margin: number,
): SquareView {
  const side = Math.max(1, Math.round(Math.max(box.width, box.height) * (1 + 2 * margin)))
  return {
    x: Math.round(box.x + (box.width - side) / 2),
    y: Math.round(box.y + (box.height - side) / 2),
    side,
    content: { x: 0, y: 0, width, height },
  }
}

/** Levels of 0 to 255 in the order and the range that a network wants. @param levels `[3, side, side]`, red first */
export function orderChannels(
  levels: Float32Array,
  { channels, divisor }: { readonly channels: ChannelOrder; readonly divisor: number },
): Float32Array {
  if (channels === 'rgb' && divisor === 1) return levels
  const plane = levels.length / 3
  const ordered = new Float32Array(levels.length)
  for (let channel = 0; channel < 3; channel++) {
    const from = (channels === 'rgb' ? channel : 2 - channel) * plane
    for (let at = 0; at < plane; at++) ordered[channel * plane + at] = levels[from + at]! / divisor
  }
  return ordered
}
