import { createORPCClient, ORPCError, type ClientLink, type ClientOptions } from '@orpc/client'
import { RPCLink as MessagePortLink } from '@orpc/client/message-port'
import { RPCLink as WebSocketLink } from '@orpc/client/websocket'
import type { ContractRouterClient } from '@orpc/contract'
import type { Contract } from '#shared/contract/contract.ts'
import { AppError, readFailure } from '#shared/contract/errors.ts'
import type { EngineEvent } from '#shared/contract/system.contract.ts'
import type { EngineTransport } from '#renderer/host/engine-transport.ts'

/** Every procedure of the contract, typed: `client.image.get({ imageId }, { signal })`. */
export type EngineClient = ContractRouterClient<Contract>

/**
 * `connecting` until the first success, `lost` between attempts to come back, `refused` when the server
 * wants a new sign-in (it was restarted, or the old one ended), `closed` after `close()`.
 */
export type ConnectionState = 'connecting' | 'open' | 'lost' | 'refused' | 'closed'

interface Channel {
  readonly link: ClientLink<Record<never, never>>
  readonly close: () => void
}

const shortestRetryMs = 250
const longestRetryMs = 5_000
const callPatienceMs = 10_000

/**
 * One connection to the engine. Calls made while it is lost wait up to ten seconds for it to come back and
 * then fail with UNAVAILABLE; calls under way when it breaks fail at once, since they may have taken effect.
 */
export class EngineConnection {
  readonly client: EngineClient
  readonly #transport: EngineTransport
  readonly #listeners = new Set<(state: ConnectionState) => void>()
  #state: ConnectionState = 'connecting'
  #channel: Channel | null = null
  #retryMs = shortestRetryMs
  #retryTimer: ReturnType<typeof setTimeout> | undefined

  constructor(transport: EngineTransport) {
    this.#transport = transport
    this.client = createORPCClient({
      call: (path: readonly string[], input: unknown, options: ClientOptions<Record<never, never>>) =>
        this.#call(path, input, options),
    })
    void this.#open()
  }

  get state(): ConnectionState {
    return this.#state
  }

  /** @returns a function that stops listening. */
  onStateChange(listener: (state: ConnectionState) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    clearTimeout(this.#retryTimer)
    this.#setState('closed')
    this.#channel?.close()
    this.#channel = null
  }

  /**
   * Follows the engine's events through every reconnection until the signal aborts.
   * @param handlers.onGap called whenever events may have been missed, and once at the start: refetch everything.
   */
  async followEvents(
    handlers: { onEvent: (event: EngineEvent) => void; onGap: () => void },
    signal: AbortSignal,
  ): Promise<void> {
    while (!signal.aborted && this.#state !== 'closed' && this.#state !== 'refused') {
      try {
        const events = await this.client.system.events(undefined, { signal })
        handlers.onGap()
        for await (const event of events) handlers.onEvent(event)
      } catch (error) {
        // What the engine itself answers is a failure; anything else is the connection breaking under the stream.
        if (!signal.aborted && error instanceof ORPCError && error.code !== 'UNAVAILABLE') throw error
      }
      if (!signal.aborted) await this.#waitForChange(shortestRetryMs, signal)
    }
  }

  async #call(
    path: readonly string[],
    input: unknown,
    options: ClientOptions<Record<never, never>>,
  ): Promise<unknown> {
    const channel = await this.#waitForChannel(options.signal)
    try {
      return await channel.link.call(path, input, options)
    } catch (error) {
      if (error instanceof ORPCError || options.signal?.aborted === true) throw error
      throw connectionLost(error)
    }
  }

  async #waitForChannel(signal: AbortSignal | undefined): Promise<Channel> {
    const giveUpAt = Date.now() + callPatienceMs
    while (this.#channel === null) {
      const left = giveUpAt - Date.now()
      if (left <= 0 || this.#state === 'closed' || this.#state === 'refused') throw connectionLost()
      await this.#waitForChange(left, signal)
      signal?.throwIfAborted()
    }
    return this.#channel
  }

  /** Resolves at the next change of state, after `patienceMs`, or when the signal aborts. */
  #waitForChange(patienceMs: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const settle = () => {
        clearTimeout(timer)
        stopListening()
        signal?.removeEventListener('abort', settle)
        resolve()
      }
      const timer = setTimeout(settle, patienceMs)
      const stopListening = this.onStateChange(settle)
      signal?.addEventListener('abort', settle, { once: true })
    })
  }

  async #open(): Promise<void> {
    try {
      const channel = await this.#openChannel()
      if (this.#state === 'closed') {
        channel.close()
        return
      }
      this.#channel = channel
      this.#retryMs = shortestRetryMs
      this.#setState('open')
    } catch {
      // Why a socket failed to open is not told to a page; access is asked for instead.
      await this.#lose()
    }
  }

  #openChannel(): Promise<Channel> {
    switch (this.#transport.kind) {
      case 'message-port':
        return openMessagePort(this.#transport.openPort, () => void this.#lose())
      case 'websocket':
        return openWebSocket(this.#transport.url, () => void this.#lose())
      default:
        return this.#transport satisfies never
    }
  }

  async #lose(): Promise<void> {
    if (this.#state === 'closed') return
    this.#channel = null
    if (this.#transport.kind === 'websocket' && (await this.#transport.checkAccess()) === 'refused') {
      this.#setState('refused')
      return
    }
    if (this.state === 'closed') return
    this.#setState('lost')
    this.#retryTimer = setTimeout(() => void this.#open(), this.#retryMs)
    this.#retryMs = Math.min(this.#retryMs * 2, longestRetryMs)
  }

  #setState(state: ConnectionState): void {
    if (state === this.#state) return
    this.#state = state
    for (const listener of this.#listeners) listener(state)
  }
}

async function openMessagePort(openPort: () => Promise<MessagePort>, onClose: () => void): Promise<Channel> {
  const port = await openPort()
  port.addEventListener('close', onClose, { once: true })
  const link = new MessagePortLink({ port })
  port.start()
  return { link, close: () => port.close() }
}

function openWebSocket(url: string, onClose: () => void): Promise<Channel> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url)
    const link = new WebSocketLink({ websocket: socket })
    let isOpen = false
    socket.addEventListener('open', () => {
      isOpen = true
      resolve({ link, close: () => socket.close() })
    })
    socket.addEventListener('close', () => {
      if (isOpen) onClose()
      else reject(new Error(`No connection to ${url}`))
    })
  })
}

function connectionLost(cause?: unknown): ORPCError<'UNAVAILABLE', undefined> {
  return new ORPCError('UNAVAILABLE', {
    message:
      'The connection to the engine is lost. It is tried again by itself; if it stays lost, restart Evenhand.',
    cause,
  })
}

/** What went wrong in a call, in the closed list of codes; anything unforeseen is INTERNAL. */
export const toAppError = (error: unknown): AppError =>
  readFailure(error) ??
  new AppError('INTERNAL', error instanceof Error ? error.message : String(error), { cause: error })
