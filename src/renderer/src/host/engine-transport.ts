/** How the window reaches the engine; a host makes one. */
export type EngineTransport =
  | { readonly kind: 'message-port'; readonly openPort: () => Promise<MessagePort> }
  | {
      readonly kind: 'websocket'
      readonly url: string
      /** Tells "the server is gone" from "the server does not know this window any more". */
      readonly checkAccess: () => Promise<'granted' | 'refused' | 'unreachable'>
    }
