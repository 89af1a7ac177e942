/** Pictures for the comparison of networks, made by a formula: `[side, side, 3]`, 0-255. */
export const faceInputs = {
  /** A linear congruential generator (Numerical Recipes), so that any program can make the same. */
  noise(side: number): Float32Array {
    let state = 12345
    return Float32Array.from({ length: side * side * 3 }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return state >>> 24
    })
  },
  /** Smooth, different in each colour, and not symmetric. */
  waves(side: number): Float32Array {
    return Float32Array.from({ length: side * side * 3 }, (_, at) => {
      const pixel = Math.floor(at / 3)
      const [x, y] = [(pixel % side) / side, Math.floor(pixel / side) / side]
      return Math.floor(127.5 + 127.5 * Math.sin(7 * x + (3 + (at % 3)) * y * y + (at % 3)))
    })
  },
} as const

export type FaceInput = keyof typeof faceInputs
