import * as z from 'zod'
import { payloadType, sigstoreMediaType } from './model-signature.ts'

const sigstoreBundle = z.strictObject({
  mediaType: z.literal(sigstoreMediaType),
  verificationMaterial: z.strictObject({
    publicKey: z.strictObject({ hint: z.string() }),
    /** A log would be a claim that nobody here can look at. */
    tlogEntries: z.array(z.never()),
  }),
  dsseEnvelope: z.strictObject({
    payload: z.base64(),
    payloadType: z.literal(payloadType),
    signatures: z.array(z.strictObject({ sig: z.base64(), keyid: z.string() })).length(1),
  }),
})

/** A signed statement: its bytes, the signature over them, and by what fingerprint it names its key. */
export interface SignedStatement {
  readonly payload: Uint8Array
  readonly signature: Uint8Array
  readonly hint: string
}

/** @param refuse says what is wrong with it, and throws */
export function readSigstore(bytes: Uint8Array, refuse: (reason: string) => never): SignedStatement {
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return refuse('it is no JSON')
  }
  const read = sigstoreBundle.safeParse(json)
  if (!read.success) return refuse(read.error.issues[0]?.message ?? 'it cannot be read')
  const { dsseEnvelope, verificationMaterial } = read.data
  return {
    payload: Buffer.from(dsseEnvelope.payload, 'base64'),
    signature: Buffer.from(dsseEnvelope.signatures[0]?.sig ?? '', 'base64'),
    hint: verificationMaterial.publicKey.hint,
  }
}
