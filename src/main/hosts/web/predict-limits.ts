import type { PredictQueueLimits } from './predict-queue.ts'

/** What one request for predictions may hold, and how many may wait, whichever host takes them. */
export interface PredictLimits {
  readonly imageBytes: number
  readonly imagesPerRequest: number
  /** By the headers of the images, before any is decoded. */
  readonly pixelsPerRequest: number
  readonly waitingPredictions: number
}

export const predictLimits: PredictLimits = {
  imageBytes: 32 * 1024 * 1024,
  imagesPerRequest: 64,
  pixelsPerRequest: 1_000_000_000,
  waitingPredictions: 32,
}

/** A few photos of a phone, or one of a large camera: well under a second's work. */
const pixelsPerBatch = 50_000_000

export const limitQueue = (limits: PredictLimits): PredictQueueLimits => ({
  waitingRequests: limits.waitingPredictions,
  imagesPerBatch: limits.imagesPerRequest,
  pixelsPerRequest: limits.pixelsPerRequest,
  pixelsPerBatch,
})
