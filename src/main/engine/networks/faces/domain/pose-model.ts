export type Vector = readonly [x: number, y: number, z: number]

/**
 * Where some of the 68 points stand on an average adult head: millimetres from the middle between the outer corners of
 * the eyes, x to the picture's right, y down, z towards the viewer. Rounded from anthropometric means (Farkas 1994).
 */
export const poseModel: readonly (readonly [landmark: number, at: Vector])[] = [
  [36, [-45, 0, 0]],
  [39, [-16, 1, 7]],
  [42, [16, 1, 7]],
  [45, [45, 0, 0]],
  [27, [0, -3, 20]],
  [30, [0, 38, 40]],
  [31, [-15, 46, 20]],
  [33, [0, 50, 27]],
  [35, [15, 46, 20]],
  [48, [-26, 71, 14]],
  [54, [26, 71, 14]],
  [51, [0, 65, 27]],
  [57, [0, 81, 25]],
]
