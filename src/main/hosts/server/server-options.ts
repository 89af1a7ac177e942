import type { Engine } from '#engine/engine.ts'
import type { PredictModel } from '#engine/learning/models/locate-predict-model.ts'
import type { ErrorLog } from '../call-errors.ts'
import { predictLimits } from '../web/predict-limits.ts'

export interface ServerLimits {
  /** Bytes of a body that is not an image upload. */
  readonly bodyBytes: number
  readonly imageBytes: number
  readonly imagesPerRequest: number
  readonly predictPerMinute: number
  /** Everything else but pictures, which a grid asks for by the hundred. */
  readonly requestsPerMinute: number
  readonly mediaPerMinute: number
  readonly waitingPredictions: number
  readonly socketMessageBytes: number
}

export const defaultServerLimits: ServerLimits = {
  bodyBytes: 1024 * 1024,
  ...predictLimits,
  predictPerMinute: 600,
  requestsPerMinute: 3_000,
  mediaPerMinute: 60_000,
  socketMessageBytes: 1024 * 1024,
}

export interface ServerOptions {
  readonly engine: Engine
  /** Address to listen on; anything but a loopback address lets other machines in. */
  readonly host?: string
  /** 0 picks a free one. */
  readonly port?: number
  readonly apiKey?: string | null
  /** What `/predict` uses when a request names no model; null for the newest of the open project. */
  readonly predictModel?: PredictModel
  /** Host names, besides localhost and addresses in digits, under which the server may be reached. */
  readonly allowedHosts?: readonly string[]
  /** The built window. */
  readonly windowFolder: string
  readonly limits?: Partial<ServerLimits>
  readonly log?: ErrorLog
}

export const defaultServerPort = 8321
export const defaultServerHost = '127.0.0.1'
