import type { Engine } from '#engine/engine.ts'
import type { PredictModel } from '#engine/learning/models/locate-predict-model.ts'
import type { PurposeId } from '#shared/contract/purpose.contract.ts'
import type { ErrorLog } from '../call-errors.ts'
import { predictLimits, type PredictLimits } from '../web/predict-limits.ts'

export interface ServerLimits extends PredictLimits {
  /** Bytes of a body that is not an image upload. */
  readonly bodyBytes: number
  /** Files of one request together. */
  readonly uploadBytes: number
  /** Bodies of all requests for predictions that are held at once. */
  readonly heldBytes: number
  /** Of one window, one key or the token. */
  readonly predictPerMinute: number
  /** Everything else but pictures, which a grid asks for by the hundred. */
  readonly requestsPerMinute: number
  readonly mediaPerMinute: number
  /** Of one address: the health check, the description, the window's files, what is not there. */
  readonly openPerMinute: number
  /** Wrong keys, tokens and codes of one address. */
  readonly guessesPerMinute: number
  readonly connections: number
  readonly socketMessageBytes: number
}

export const defaultServerLimits: ServerLimits = {
  bodyBytes: 1024 * 1024,
  ...predictLimits,
  uploadBytes: 128 * 1024 * 1024,
  heldBytes: 512 * 1024 * 1024,
  predictPerMinute: 600,
  requestsPerMinute: 3_000,
  mediaPerMinute: 60_000,
  openPerMinute: 6_000,
  guessesPerMinute: 20,
  connections: 1_000,
  socketMessageBytes: 1024 * 1024,
}

/** How long a sender may take, so that slow ones hold nothing. A prediction and a stream of events take as long as they take. */
export interface ServerPatience {
  readonly headersMs: number
  /** Without one byte of a body. */
  readonly silenceMs: number
  /** From the first byte of a request to its last. */
  readonly requestMs: number
  /** How often connections are looked at. */
  readonly lookMs: number
}

export const defaultServerPatience: ServerPatience = {
  headersMs: 15_000,
  silenceMs: 15_000,
  requestMs: 5 * 60_000,
  lookMs: 5_000,
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
  /** What `/predict` answers programs under; without one it leaves out what wants a purpose. */
  readonly purposeId?: PurposeId | null
  /** Host names, besides localhost and addresses in digits, under which the server may be reached. */
  readonly allowedHosts?: readonly string[]
  /** The built window. */
  readonly windowFolder: string
  readonly limits?: Partial<ServerLimits>
  readonly patience?: Partial<ServerPatience>
  /** Called whenever the token has been renewed. */
  readonly onNewToken?: () => void
  /** Milliseconds since the epoch. */
  readonly now?: () => number
  readonly log?: ErrorLog
}

export const defaultServerPort = 8321
export const defaultServerHost = '127.0.0.1'
