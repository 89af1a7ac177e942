/** What one request for predictions may hold, and how many may wait, whichever host takes them. */
export const predictLimits = {
  imageBytes: 32 * 1024 * 1024,
  imagesPerRequest: 64,
  waitingPredictions: 32,
} as const
