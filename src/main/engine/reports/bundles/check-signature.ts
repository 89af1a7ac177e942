import { verify, type KeyObject } from 'node:crypto'
import type { ReportDocument } from '#shared/contract/report.contract.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import type { BundleParts } from './bundle-parts.ts'
import type { CheckList } from './domain/check-list.ts'
import {
  attestationPath,
  encodeForSigning,
  signatureParts,
  signaturePath,
  signerPath,
  sigstoreMediaType,
  stateEvaluation,
  stateParts,
  writeStatement,
} from './domain/model-signature.ts'
import { readSigstore, type SignedStatement } from './domain/read-sigstore.ts'
import { fingerprint, parsePublicKey, writePublicKey } from './signing-keys.ts'

const kind = 'signature'

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
  let signed: SignedStatement
  try {
    signed = readSigstore(parts.get(path) ?? new Uint8Array(), (reason) => {
      throw new RangeError(reason)
    })
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    checks.breaks(path, {
      what: 'It is a signature of its format',
      expected: sigstoreMediaType,
      found: error.message,
    })
    return
  }
  checks.check(`${path}, statement`, {
    kind,
    what: 'What was signed is what the bundle holds',
    expected: hashBytes(payload),
    found: hashBytes(signed.payload),
  })
  checks.check(`${path}, key`, {
    kind,
    what: 'It names the key',
    expected: fingerprint(writePublicKey(key)),
    found: signed.hint,
  })
  checks.check(path, {
    kind,
    what: 'The key has signed it',
    expected: 'signed',
    found: verify('sha256', encodeForSigning(signed.payload), key, signed.signature)
      ? 'signed'
      : 'not by this key',
  })
}
