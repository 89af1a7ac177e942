#!/usr/bin/env bash
# @sigstore/verify 4.1.3, @sigstore/bundle 5.0.1, Node 20 and 24.
#
# Guess: a Sigstore bundle with a DSSE envelope that was signed by a P-384 key is held against SHA-384, and one by P-521 against SHA-512:
#   Sigstore's registry of algorithms (github.com/sigstore/architecture-docs, algorithm-registry.md) pairs curves and hashes so, and OpenSSF
#   Model Signing's own signer goes by it.
# Seen: a public key without a certificate is held against SHA-256 whatever its curve. A P-384 signature made by the registry is refused as
#   wrong, and one that no registry knows (P-384 with SHA-256) is accepted. So a signed model of such a key passes one of the two verifiers.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @sigstore/verify@4.1.3 @sigstore/bundle@5.0.1 >/dev/null
cat > seen.js <<'JS'
const { createHash, generateKeyPairSync, sign } = require('node:crypto')
const { bundleFromJSON } = require('@sigstore/bundle')
const { toSignedEntity, Verifier } = require('@sigstore/verify')

const payloadType = 'application/vnd.in-toto+json'
const payload = Buffer.from('{"_type":"https://in-toto.io/Statement/v1","subject":[],"predicateType":"https://example.org/none","predicate":{}}')
const signed = Buffer.concat([Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `), payload])
const seen = []
for (const [namedCurve, hash] of [['P-256', 'sha256'], ['P-384', 'sha384'], ['P-384', 'sha256'], ['P-521', 'sha512']]) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve })
  const bundle = bundleFromJSON({
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: { publicKey: { hint: createHash('sha256').update(publicKey.export({ type: 'spki', format: 'pem' })).digest('hex') }, tlogEntries: [] },
    dsseEnvelope: { payload: payload.toString('base64'), payloadType, signatures: [{ sig: sign(hash, signed, privateKey).toString('base64'), keyid: '' }] },
  })
  const trust = { certificateAuthorities: [], timestampAuthorities: [], tlogs: [], ctlogs: [], publicKey: () => ({ publicKey, validFor: () => true }) }
  const verifier = new Verifier(trust, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 })
  let verdict = 'accepted'
  try { verifier.verify(toSignedEntity(bundle)) } catch (error) { verdict = `refused: ${error.message}` }
  console.log(`${namedCurve} with ${hash}: ${verdict}`)
  seen.push(verdict.split(':')[0])
}
if (seen.join() !== 'accepted,refused,accepted,refused') { console.log('this has changed'); process.exit(1) }
JS
node seen.js
