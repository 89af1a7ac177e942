import type { GreyImage, RgbImage } from '#engine/base/media/domain/rgb-image.ts'
import { listStrips, stripRows } from '#engine/base/media/domain/loops/loop-memory.ts'
import { useLoops } from '#engine/curation/pixels/domain/loops/pixel-loops.ts'

/** Luma by ITU-R BT.601 in the fixed point of Pillow's mode "L". */
export function toGrey({ width, height, data }: RgbImage): GreyImage {
  const grey = new Uint8Array(width * height)
  const most = Math.min(height, stripRows(width * 3)) * width
  useLoops((loops) => {
    const [rgbAt = 0, greyAt = 0] = loops.reserve([most * 3, most])
    for (const { from, to } of listStrips({ first: 0, end: height, rowBytes: width * 3 })) {
      const pixels = (to - from) * width
      loops.bytesAt(rgbAt, pixels * 3).set(data.subarray(from * width * 3, to * width * 3))
      loops.toGrey(rgbAt, pixels, greyAt)
      grey.set(loops.bytesAt(greyAt, pixels), from * width)
    }
  })
  return { width, height, data: grey }
}
