import { chance, pick, randomBytes, streamOf, type Random } from './pick.ts'

/** How the sender leaves: waits for the answer, closes its own half, breaks the connection, or falls silent. */
type Ending = 'wait' | 'half-close' | 'reset' | 'silence'

export interface MalformedRequest {
  readonly kind: string
  /** Sent one after the other. */
  readonly parts: readonly Buffer[]
  readonly ending: Ending
}

const endings: readonly Ending[] = ['wait', 'wait', 'wait', 'wait', 'half-close', 'reset', 'silence']

interface Site {
  readonly port: number
  readonly token: string
}

const targets = [
  '/healthz',
  '/',
  '/api/system',
  '/api/images/query',
  '/predict',
  '/model',
  '/media/thumb/1',
  '/openapi.json',
  '/session',
  '/rpc',
  '/api/datasets/1/issues',
]
const methods = ['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'TRACE', 'PROPFIND']

const headersOf = (random: Random, { port, token }: Site): string[] => [
  `Host: 127.0.0.1:${port}`,
  ...(chance(random, 0.5) ? [`Authorization: Bearer ${token}`] : []),
  ...(chance(random, 0.8) ? ['Connection: close'] : []),
]

const join = (line: string, headers: readonly string[], body = ''): string =>
  `${[line, ...headers].join('\r\n')}\r\n\r\n${body}`

type Make = (random: Random, site: Site) => string

const post = (random: Random, site: Site, headers: readonly string[], body: string): string =>
  join(
    `POST ${pick(random, ['/predict', '/api/images/query', '/session', '/api/decisions'])} HTTP/1.1`,
    [...headersOf(random, site), ...headers],
    body,
  )

const lines: Readonly<Record<string, (random: Random) => string>> = {
  'no version': (random) => `GET ${pick(random, targets)}`,
  'another version': (random) =>
    `GET / HTTP/${pick(random, ['0.9', '1.2', '2.0', '9.9', '11', '', '-1', '1.1.1', '1.1 1.1'])}`,
  'no method': (random) => ` ${pick(random, targets)} HTTP/1.1`,
  'an odd method': (random) =>
    `${pick(random, ['get', 'G\0T', 'GET\t', '{}', 'PRI', 'CONNECT', 'A'.repeat(70_000), '\u00ffGET'])} / HTTP/1.1`,
  'an odd target': (random) => `GET ${pick(random, oddTargets)} HTTP/1.1`,
  'a method of another place': (random) =>
    `${pick(random, methods)} ${pick(random, targets)}?${'a=b&'.repeat(random.int(0, 50))} HTTP/1.1`,
}

const oddTargets = [
  '*',
  '//',
  '//[',
  '/%',
  '/%E0%A4%A',
  '/%00',
  '/..%2f..%2fetc%2fpasswd',
  '/../../etc/passwd',
  '/assets/../../../package.json',
  'http://[',
  'http://evil.example/healthz',
  'https://127.0.0.1/healthz',
  'evil.example:443',
  '/media/thumb/1e9',
  '/media/thumb/-1',
  `/media/image/${'9'.repeat(400)}`,
  '/media/image/0x10',
  `/${'a'.repeat(20_000)}`,
  '/api/splits/__proto__',
  '/api/jobs/NaN',
  '/api/images/1/findings/../../../',
  '/api/checks/constructor/histogram?bins=1e9',
  '/healthz#',
  '/healthz?\u00ff\u00fe',
  '\\\\host\\share',
  '/rpc/',
]

const oddHeaders: readonly string[] = [
  'no colon here',
  ': no name',
  'Name with space: 1',
  'Tab\t: 1',
  ' folded: 1',
  'X: \0',
  'X: a\rb',
  'X: \u0001\u0002',
  'Content-Length: -1',
  'Content-Length: +5',
  'Content-Length: 0x10',
  'Content-Length: 1e3',
  'Content-Length: 99999999999999999999',
  'Content-Length: 5, 5',
  'Content-Length: ',
  'Content-Length: 5\r\nContent-Length: 6',
  'Content-Length: 5\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding: chunked, chunked',
  'Transfer-Encoding: gzip',
  'Transfer-Encoding: xchunked',
  'Transfer-Encoding:\tchunked',
  'Expect: 200-ok',
  'Expect: 100-continue',
  'Host: evil.example',
  'Host: ',
  'Host: 127.0.0.1@evil.example',
  'Host: [::1',
  'Origin: https://evil.example',
  'Origin: null',
  'Sec-Fetch-Site: cross-site',
  'Cookie: =;;=; evenhand-1=',
  `Cookie: evenhand-1=${'a'.repeat(4_000)}`,
  'Authorization: Bearer ',
  'Authorization: Basic AAAA',
  'X-API-Key: \u00ff',
  'Content-Type: multipart/form-data',
  'Content-Type: multipart/form-data; boundary=',
  'Content-Type: multipart/form-data; boundary="',
  'Content-Type: application/json; charset=utf-7',
  'Content-Type: application/json; charset=\u00ff',
  'Content-Type: ;;;',
  'Content-Encoding: gzip',
  'If-None-Match: W/"\u00ff"',
  'Range: bytes=0-,-1,5-2',
  'Accept-Encoding: br;q=NaN',
  'Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings',
  'Last-Event-ID: \u00ff',
]

const chunkedBodies: readonly string[] = [
  'ffffffffffffffffffff\r\na\r\n0\r\n\r\n',
  '-1\r\na\r\n0\r\n\r\n',
  '1;ext=";\r\na\r\n0\r\n\r\n',
  '5\r\nab\r\n0\r\n\r\n',
  '1\r\nabc0\r\n\r\n',
  '0\r\nX: 1\r\n',
  '0\r\nContent-Length: 5\r\n\r\n',
  'z\r\n',
  '7fffffff\r\na',
  '1\r\n{\r\n1\r\n}\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n',
  `1;${'x'.repeat(20_000)}\r\na\r\n0\r\n\r\n`,
]

const jsonBodies: readonly string[] = [
  '{',
  '[',
  '"',
  'null',
  '7',
  '[]',
  '{"images":[]}',
  '{"images":[{"data":"AAAA","name":"\\u0000"}]}',
  '{"images":[{"data":"!!!!"}],"model":1e308}',
  '{"images":7,"model":"../../x"}',
  '{"__proto__":{"isAdmin":true},"constructor":{"prototype":1}}',
  `{"filter":${'{"exclude":'.repeat(2_000)}1${'}'.repeat(2_000)}}`,
  '['.repeat(20_000),
  '\u00ff\u00fe',
  `{"filter":{"text":"${'a'.repeat(900_000)}"}}`,
]

const multipartBodies: readonly string[] = [
  '',
  '--x',
  '--x--',
  '--x\r\n\r\n\r\n--x--\r\n',
  '--x\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\nno picture\r\n--x--\r\n',
  '--x\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\nno end',
  '--x\r\nContent-Disposition: form-data; name="__proto__"\r\n\r\n1\r\n--x--\r\n',
  '--x\r\nContent-Disposition: form-data; name="model"\r\n\r\n../../x\r\n--x--\r\n',
  `--x\r\nContent-Disposition: form-data; name="${'n'.repeat(70_000)}"\r\n\r\n1\r\n--x--\r\n`,
  `--x\r\n${'X-Y: z\r\n'.repeat(3_000)}\r\n1\r\n--x--\r\n`,
  `${'--x\r\nContent-Disposition: form-data; name="image"; filename=""\r\n\r\n\r\n'.repeat(80)}--x--\r\n`,
  '--x\r\nContent-Disposition: form-data; name="image"; filename*=utf-8\'\'%ff%\r\n\r\na\r\n--x--\r\n',
  '--x\r\nContent-Type: ;;;\r\nContent-Disposition: ;;;\r\n\r\na\r\n--x--\r\n',
]

const lengthOf = (body: string): string => `Content-Length: ${Buffer.byteLength(body, 'latin1')}`

const makers: Readonly<Record<string, Make>> = {
  noise: (random) => randomBytes(random, random.int(1, 400)).toString('latin1'),
  'a greeting of TLS': (random) =>
    `\u0016\u0003\u0001${randomBytes(random, random.int(0, 300)).toString('latin1')}`,
  'a preface of HTTP/2': () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0',
  'a first line': (random, site) => {
    const line = pick(random, Object.values(lines))(random)
    return join(line, headersOf(random, site))
  },
  'line ends': (random, site) =>
    join(`GET ${pick(random, targets)} HTTP/1.1`, headersOf(random, site)).replaceAll(
      '\r\n',
      pick(random, ['\n', '\r', '\r\r\n', '\n\r']),
    ),
  headers: (random, site) => {
    const odd = Array.from({ length: random.int(1, 4) }, () => pick(random, oddHeaders))
    const line = `${pick(random, methods)} ${pick(random, targets)} HTTP/1.1`
    return join(
      line,
      random.shuffle([...headersOf(random, site), ...odd]),
      chance(random, 0.5) ? 'hello' : '',
    )
  },
  'many headers': (random, site) =>
    join('GET /healthz HTTP/1.1', [
      ...headersOf(random, site),
      ...Array.from({ length: pick(random, [150, 2_500]) }, (_, index) => `X-${index}: ${index}`),
    ]),
  'a large header': (random, site) =>
    join('GET /healthz HTTP/1.1', [
      ...headersOf(random, site),
      `X: ${'y'.repeat(random.int(8_000, 100_000))}`,
    ]),
  chunks: (random, site) =>
    post(
      random,
      site,
      ['Transfer-Encoding: chunked', 'Content-Type: application/json'],
      pick(random, chunkedBodies),
    ),
  'a length that does not fit': (random, site) =>
    post(
      random,
      site,
      [`Content-Length: ${random.int(0, 40)}`, 'Content-Type: application/json'],
      '{"images":[]}',
    ),
  JSON: (random, site) => {
    const body = pick(random, jsonBodies)
    return post(random, site, [lengthOf(body), 'Content-Type: application/json'], body)
  },
  'a form': (random, site) => {
    const body = pick(random, multipartBodies)
    const type = pick(random, ['multipart/form-data; boundary=x', 'multipart/form-data; boundary=y'])
    return post(random, site, [lengthOf(body), `Content-Type: ${type}`], body)
  },
  'requests in a row': (random, site) =>
    Array.from({ length: random.int(2, 25) }, () =>
      join(`${pick(random, ['GET', 'HEAD', 'G@T'])} ${pick(random, targets)} HTTP/1.1`, [
        `Host: 127.0.0.1:${site.port}`,
      ]),
    ).join(pick(random, ['', '', '\r\n', 'x'])),
  'an upgrade': (random, site) =>
    join(`GET ${pick(random, ['/rpc', '//[', '/rpc?x', '*'])} HTTP/1.1`, [
      ...headersOf(random, site).filter((line) => !line.startsWith('Connection')),
      'Connection: Upgrade',
      `Upgrade: ${pick(random, ['websocket', 'h2c', 'websocket, h2c', ''])}`,
      `Sec-WebSocket-Version: ${pick(random, ['13', '8', '-1', ''])}`,
      `Sec-WebSocket-Key: ${pick(random, ['dGhlIHNhbXBsZSBub25jZQ==', 'short', '', '\u00ff'])}`,
      ...(chance(random, 0.3) ? ['Sec-WebSocket-Extensions: permessage-deflate; \u00ff='] : []),
    ]),
}

/** Flips, drops or doubles a few bytes. */
function damage(text: string, random: Random): Buffer {
  const bytes = Buffer.from(text, 'latin1')
  if (!chance(random, 0.25)) return bytes
  for (let count = random.int(1, 3); count > 0; count--)
    bytes[random.int(0, Math.max(0, Math.min(bytes.length, 300) - 1))] = random.int(0, 255)
  return chance(random, 0.3) ? bytes.subarray(0, random.int(0, bytes.length)) : bytes
}

/** Request number `index` of a seed. */
export function makeMalformedRequest(seed: number, index: number, site: Site): MalformedRequest {
  const random = streamOf(seed, 'request', index)
  const kind = pick(random, Object.keys(makers))
  const bytes = damage(makers[kind]?.(random, site) ?? '', random)
  const cut = chance(random, 0.2) ? random.int(0, bytes.length) : bytes.length
  const parts = [bytes.subarray(0, cut), bytes.subarray(cut)].filter(({ length }) => length > 0)
  return { kind, parts, ending: pick(random, endings) }
}
