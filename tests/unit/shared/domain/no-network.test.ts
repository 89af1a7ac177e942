import { expect, it } from 'vitest'
import { filePath } from '#shared/contract/base.contract.ts'

it.each([
  'https://example.org/faces.zip',
  ' HTTP://example.org/a.pth',
  // As a command line makes a path of it.
  '/home/ann/https:/example.org/faces.zip',
  'C:\\Users\\ann\\ftp:\\example.org\\faces',
  's3://bucket/faces',
])('a path that is an address is told why it is not opened: %s', (path) => {
  expect(filePath.safeParse(path).error?.issues[0]?.message).toMatch(/^Evenhand opens no address/)
})

it.each(['/home/ann/faces', 'C:\\faces', 'https', '/data/http/a.csv', 'a: b/c', 'D:/s3/faces'])(
  'a path is none: %s',
  (path) => {
    expect(filePath.safeParse(path).success).toBe(true)
  },
)
