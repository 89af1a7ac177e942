import { join } from 'node:path'
import { writeFileSync } from 'node:fs'
import { AppError } from '#shared/contract/errors.ts'
import { readSigstore } from '#engine/reports/bundles/domain/read-sigstore.ts'
import { openBundle } from '#engine/reports/bundles/verify-bundle.ts'
import { readBundle } from '#engine/reports/bundles/read-bundle.ts'
import { writeZip } from '#engine/reports/bundles/domain/write-zip.ts'
import { pick } from '../../hostile/pick.ts'
import { promise, type FuzzTarget } from '../fuzz-target.ts'
import { encodeText, mutateBytes } from '../mutate.ts'

const zip = (entries: Readonly<Record<string, string>>): Uint8Array =>
  new Uint8Array(
    Buffer.concat(
      writeZip(Object.entries(entries).map(([path, text]) => ({ path, content: encodeText(text) }))),
    ),
  )

const mark = JSON.stringify({
  format: 'evenhand-bundle',
  version: 1,
  madeBy: '0.1.0',
  depth: 'full',
  parts: [],
})

const signature = JSON.stringify({
  mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
  verificationMaterial: { publicKey: { hint: 'ab' }, tlogEntries: [] },
  dsseEnvelope: {
    payload: 'e30=',
    payloadType: 'application/vnd.in-toto+json',
    signatures: [{ sig: 'AAAA', keyid: '' }],
  },
})

/** Audit bundles that somebody was sent: never more comes out than went in, and no name leads anywhere. */
export const bundleTarget: FuzzTarget = {
  name: 'bundles',
  covers: [
    'main/engine/reports/bundles/domain/read-sigstore.ts',
    'main/engine/reports/bundles/domain/read-zip.ts',
    'main/engine/reports/bundles/verify-bundle.ts',
  ],
  good: () => [
    zip({ 'manifest.json': mark }),
    zip({ 'model.sig': signature, 'manifest.json': mark }),
    zip({
      'README.md': '# Bundle',
      'tables/groups.csv': 'a,b\n1,2\n',
      'report.json': '{}',
      'manifest.json': mark,
    }),
  ],
  make: (random, good) => mutateBytes(pick(random, good), random, good),
  async read(bytes, { folder }) {
    const file = join(folder, 'bundle.zip')
    writeFileSync(file, bytes)
    const parts = openBundle(await readBundle(file), file)
    const sizes = [...parts.values()].map(({ length }) => length)
    promise(
      sizes.reduce((sum, size) => sum + size, 0) <= bytes.length,
      'more comes out of a bundle than went in',
    )
    for (const [path, content] of parts) {
      promise(/^[A-Za-z0-9]/.test(path) && !path.includes('..'), 'a name that leads out of a bundle')
      promise(content.length <= bytes.length, 'a part larger than its bundle')
    }
    const signed = parts.get('model.sig')
    if (signed !== undefined) {
      const { payload } = readSigstore(signed, (reason) => {
        throw new AppError('INVALID_INPUT', reason)
      })
      promise(payload.length <= bytes.length, 'a statement larger than what it lies in')
    }
    return parts.size
  },
}
