import { facePreprocessing } from '#engine/networks/onnx-file/model-metadata.ts'

/** How an image file becomes the input, in words for whoever serves the file elsewhere. */
export const cropInWords =
  "The main face of the upright sRGB image, as Evenhand finds it, cut out as a square by the distance of the eyes to the mouth (face-api's alignment) and drawn into 150 x 150: bilinear without half-pixel shift, rounded to whole numbers " +
  `(${facePreprocessing})`
