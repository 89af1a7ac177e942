/** A longer pause ends a session. */
const pauseMs = 5 * 60_000

/**
 * Images a minute over the present session: back from the newest act to the first pause of five minutes. The first act
 * of the session is not counted, since nobody knows when its reader began.
 * @param acts newest first
 * @returns null before the second act
 */
export function measureRate(
  acts: readonly { readonly at: string; readonly images: number }[],
): number | null {
  let images = 0
  let milliseconds = 0
  for (const [index, act] of acts.entries()) {
    const earlier = acts[index + 1]
    if (earlier === undefined) break
    const gap = Date.parse(act.at) - Date.parse(earlier.at)
    if (gap > pauseMs) break
    images += act.images
    milliseconds += gap
  }
  return images === 0 || milliseconds <= 0 ? null : images / (milliseconds / 60_000)
}
