import { expect, it } from 'vitest'
import { describeSubject } from '#shared/derived/describe-access.ts'

it('a line of the access log says what there is to say, and of hashes the beginning', () => {
  const hash = 'a1'.repeat(32)
  const subject = {
    isNew: false,
    images: 5,
    modelSha256: hash,
    pictures: [hash, hash, hash, hash, hash],
    purpose: null,
    withheld: ['race'],
  }
  expect(describeSubject({ subject, named: { file: '/out/face.onnx' } })).toBe(
    'images 5, model sha256 a1a1a1a1a1a1, pictures 5 of them, withheld race, file /out/face.onnx',
  )
  expect(describeSubject({ subject: { isNew: true, withheld: [] }, named: null })).toBe('is new')
})
