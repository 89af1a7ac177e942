import { sign, type KeyObject } from 'node:crypto'
import type { ReportDocument } from '#shared/contract/report.contract.ts'
import { toCanonicalJson } from '#engine/base/kernel/hash.ts'
import {
  attestationPath,
  encodeForSigning,
  payloadType,
  signaturePath,
  signerPath,
  sigstoreMediaType,
  stateEvaluation,
  stateParts,
  writeStatement,
} from './domain/model-signature.ts'
import type { ZipEntry } from './domain/write-zip.ts'
import { fingerprint, writePublicKey } from './signing-keys.ts'

/** A Sigstore bundle without a log: a DSSE envelope, and the key by its fingerprint. No two of the same statement are alike. */
function seal(payload: Uint8Array, key: KeyObject, hint: string): Uint8Array {
  const signature = sign('sha256', encodeForSigning(payload), key)
  return Buffer.from(
    `${toCanonicalJson({
      mediaType: sigstoreMediaType,
      verificationMaterial: { publicKey: { hint }, tlogEntries: [] },
      dsseEnvelope: {
        payload: Buffer.from(payload).toString('base64'),
        payloadType,
        signatures: [{ sig: signature.toString('base64'), keyid: '' }],
      },
    })}\n`,
  )
}

/** The parts with those of a signature behind them. */
export function signBundle(
  report: ReportDocument,
  parts: readonly ZipEntry[],
  key: KeyObject,
): { readonly entries: ZipEntry[]; readonly signedBy: string } {
  const publicPem = writePublicKey(key)
  const signedBy = fingerprint(publicPem)
  const entries = [
    ...parts,
    { path: signerPath, content: Buffer.from(publicPem) },
    { path: attestationPath, content: seal(writeStatement(stateEvaluation(report)), key, signedBy) },
  ]
  const signature = seal(writeStatement(stateParts(report, entries)), key, signedBy)
  return { entries: [...entries, { path: signaturePath, content: signature }], signedBy }
}
