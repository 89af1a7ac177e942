import { verify, type KeyObject } from 'node:crypto'
import * as z from 'zod'
import type { ReportDocument } from '#shared/contract/report.contract.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import type { BundleParts } from './bundle-parts.ts'
import type { CheckList } from './domain/check-list.ts'
import {
  attestationPath,
  encodeForSigning,
  payloadType,
  signatureParts,
  signaturePath,
  signerPath,
  sigstoreMediaType,
  stateEvaluation,
  stateParts,
  writeStatement,
} from './domain/model-signature.ts'
import { fingerprint, parsePublicKey, writePublicKey } from './signing-keys.ts'

const kind = 'signature'

const sigstoreBundle = z.looseObject({
  mediaType: z.literal(sigstoreMediaType),
  verificationMaterial: z.looseObject({ publicKey: z.looseObject({ hint: z.string() }) }),
  dsseEnvelope: z.looseObject({
    payload: z.base64(),
    payloadType: z.literal(payloadType),
    signatures: z.array(z.looseObject({ sig: z.base64() })).length(1),
  }),
})

interface Asked {
  readonly report: ReportDocument
  /** Of whoever is expected to have signed; null where nobody is named. */
  readonly signer: KeyObject | null
  readonly checks: CheckList
}

/** Whether all parts are those that somebody signed, and who that is as far as the bundle can tell. */
export function checkSignature(parts: BundleParts, { report, signer, checks }: Asked): void {
  const found = [...signatureParts].filter((path) => parts.has(path))
  if (found.length === 0) {
    if (signer === null)
      checks.skip('signature', { what: 'Who made the bundle', why: 'nobody has signed it' })
    else
      checks.breaks('signature', {
        what: 'The bundle is signed',
        expected: fingerprint(writePublicKey(signer)),
        found: 'no signature',
      })
    return
  }
  if (found.length < signatureParts.size) {
    checks.breaks('signature', {
      what: 'A signature has all its parts',
      expected: [...signatureParts].join(', '),
      found: found.join(', '),
    })
    return
  }
  const key = signer ?? readSigner(parts, checks)
  if (key === null) return
  const pem = writePublicKey(key)
  checks.check(signerPath, {
    kind,
    what: 'The key in the bundle is that of whoever signed it',
    expected: pem,
    found: textOf(parts, signerPath),
  })
  const entries = [...parts].map(([path, content]) => ({ path, content }))
  checkSealed(parts, {
    path: signaturePath,
    payload: writeStatement(stateParts(report, entries)),
    key,
    checks,
  })
  checkSealed(parts, { path: attestationPath, payload: writeStatement(stateEvaluation(report)), key, checks })
  if (signer === null)
    checks.skip('signature, signer', {
      what: 'Whose key it is',
      why: `the key in the bundle has the fingerprint ${fingerprint(pem)}: whoever rewrites a bundle can sign it with a key of their own. Ask for the fingerprint, or give the key with --key`,
    })
}

const textOf = (parts: BundleParts, path: string): string => Buffer.from(parts.get(path) ?? '').toString()

function readSigner(parts: BundleParts, checks: CheckList): KeyObject | null {
  try {
    return parsePublicKey(textOf(parts, signerPath), (reason) => new RangeError(reason))
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    checks.breaks(signerPath, { what: 'It is a public key', expected: 'a P-256 key', found: error.message })
    return null
  }
}

/** One signed statement: what it says, by which key, and whether the key made it. */
function checkSealed(
  parts: BundleParts,
  { path, payload, key, checks }: { path: string; payload: Uint8Array; key: KeyObject; checks: CheckList },
): void {
  let json: unknown
  try {
    json = JSON.parse(textOf(parts, path))
  } catch {
    json = null
  }
  const read = sigstoreBundle.safeParse(json)
  if (!read.success) {
    checks.breaks(path, {
      what: 'It is a signature of its format',
      expected: sigstoreMediaType,
      found: read.error.issues[0]?.message ?? 'it cannot be read',
    })
    return
  }
  const { dsseEnvelope, verificationMaterial } = read.data
  const said = Buffer.from(dsseEnvelope.payload, 'base64')
  checks.check(`${path}, statement`, {
    kind,
    what: 'What was signed is what the bundle holds',
    expected: hashBytes(payload),
    found: hashBytes(said),
  })
  checks.check(`${path}, key`, {
    kind,
    what: 'It names the key',
    expected: fingerprint(writePublicKey(key)),
    found: verificationMaterial.publicKey.hint,
  })
  const signature = Buffer.from(dsseEnvelope.signatures[0]?.sig ?? '', 'base64')
  checks.check(path, {
    kind,
    what: 'The key has signed it',
    expected: 'signed',
    found: verify('sha256', encodeForSigning(said), key, signature) ? 'signed' : 'not by this key',
  })
}
