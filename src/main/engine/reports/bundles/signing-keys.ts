import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { AppError } from '#shared/contract/errors.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { openRegularFile } from '#engine/base/kernel/regular-file.ts'
import { mapSystemError } from '#engine/base/kernel/system-error.ts'

/** Keys are a few hundred bytes. */
const mostBytes = 64 * 1024

const howTo =
  'openssl ecparam -name prime256v1 -genkey -noout -out key.pem makes one, openssl ec -in key.pem -pubout -out key.pub.pem its public half'

async function readKeyFile(path: string): Promise<string> {
  await using handle = await openRegularFile(path)
  try {
    const { size } = await handle.stat()
    if (size > mostBytes) throw refuse(path, 'it is too large for a key')
    return await handle.readFile('utf8')
  } catch (error) {
    throw mapSystemError(error, { action: 'read', path })
  }
}

const refuse = (path: string, reason: string): AppError =>
  new AppError('INVALID_INPUT', `${path} is no key that bundles are signed with: ${reason}. ${howTo}.`, {
    details: { path },
  })

/** Other curves want other hashes, of which verifiers think differently. */
function requireCurve(key: KeyObject, path: string): KeyObject {
  if (key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key
  throw refuse(path, 'it is none of the curve P-256')
}

/** Throws INVALID_INPUT naming the file and how to make a key, for whatever is no private P-256 key in PEM that is open. */
export async function readSigningKey(path: string): Promise<KeyObject> {
  const text = await readKeyFile(path)
  let key: KeyObject
  try {
    key = createPrivateKey(text)
  } catch {
    throw refuse(
      path,
      text.includes('ENCRYPTED')
        ? 'it is locked by a passphrase, which Evenhand does not ask for'
        : text.includes('PUBLIC KEY')
          ? 'it is the public half, which verifies; signing wants the private one'
          : 'it holds no private key in PEM',
    )
  }
  return requireCurve(key, path)
}

/** Throws INVALID_INPUT as `readSigningKey` does. */
export async function readVerifyingKey(path: string): Promise<KeyObject> {
  const text = await readKeyFile(path)
  if (text.includes('PRIVATE KEY'))
    throw refuse(path, 'it is a private key: whoever verifies wants the public half alone')
  return parsePublicKey(text, (reason) => refuse(path, reason))
}

export function parsePublicKey(text: string, fault: (reason: string) => Error): KeyObject {
  let key: KeyObject
  try {
    key = createPublicKey(text)
  } catch {
    throw fault('it holds no public key in PEM')
  }
  const isRight = key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1'
  if (!isRight) throw fault('it is none of the curve P-256')
  return key
}

/** The public half in PEM, whose SHA-256 a signature names its key by. */
export const writePublicKey = (key: KeyObject): string => {
  const half = key.type === 'private' ? createPublicKey(key.export({ type: 'pkcs8', format: 'pem' })) : key
  return half.export({ type: 'spki', format: 'pem' }).toString()
}

export const fingerprint = (publicPem: string): string => hashBytes(publicPem)
