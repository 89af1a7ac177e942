import { connect } from 'node:net'
import { problemDetails } from '../../src/main/hosts/web/problem.ts'
import { makeJpeg, makePng } from '../fixtures/pictures.ts'
import { ask, type Answer } from './ask.ts'
import { chance, pick, streamOf } from './pick.ts'

interface Site {
  readonly port: number
  readonly token: string
}

/** A few kinds of pictures: good, large, cut off, none at all. */
async function makePictures(): Promise<Blob[]> {
  const png = await makePng(640, 480)
  const all = [
    await makeJpeg(),
    await makePng(),
    png,
    await makeJpeg(1600, 1200),
    png.subarray(0, 900),
    Buffer.from('no picture'),
  ]
  return all.map((bytes) => new Blob([new Uint8Array(bytes)]))
}

async function makeForm(seed: number, index: number, pictures: readonly Blob[]): Promise<Request> {
  const random = streamOf(seed, 'upload', index)
  const form = new FormData()
  for (let count = random.int(1, 6); count > 0; count--)
    form.append(
      'image',
      pick(random, pictures),
      pick(random, ['face.jpg', '../../up.png', 'constructor', '\u{1f600}.png']),
    )
  if (chance(random, 0.1)) form.append('model', pick(random, ['999', '../x', '0']))
  return new Request('http://127.0.0.1/predict', { method: 'POST', body: form })
}

/** What is wrong with an answer to an upload, or null. */
function judge({ status, headers, text }: Answer): string | null {
  if (status < 400) return null
  const problem = problemDetails.safeParse(JSON.parse(text))
  if (!problem.success) return `${status} without a problem document: ${text.slice(0, 200)}`
  if (status === 503 && headers['retry-after'] !== undefined) return null
  return status < 500 ? null : `${status}: ${problem.data.detail}`
}

export interface UploadOutcome {
  readonly findings: readonly string[]
  readonly byStatus: Readonly<Record<string, number>>
}

/** Sends so many forms to `/predict` at the same time. */
export async function uploadAtOnce(site: Site, count: number, seed: number): Promise<UploadOutcome> {
  const pictures = await makePictures()
  const findings: string[] = []
  const byStatus: Record<string, number> = {}
  const upload = async (index: number): Promise<void> => {
    const form = await makeForm(seed, index, pictures)
    const body = Buffer.from(await form.arrayBuffer())
    const type = form.headers.get('content-type') ?? ''
    const headers = {
      authorization: `Bearer ${site.token}`,
      'content-type': type,
      'content-length': body.length,
    }
    try {
      const answer = await ask({ port: site.port, path: '/predict', method: 'POST', headers, body })
      byStatus[answer.status] = (byStatus[answer.status] ?? 0) + 1
      const wrong = judge(answer)
      if (wrong !== null) findings.push(`upload ${index}: ${wrong}`)
    } catch (error) {
      findings.push(`upload ${index}: no answer (${String(error)})`)
    }
  }
  await Promise.all(Array.from({ length: count }, (_, index) => upload(index)))
  return { findings, byStatus }
}

/** Begins so many uploads and breaks each off at another place. */
export async function breakOffUploads(site: Site, count: number, seed: number): Promise<void> {
  const pictures = await makePictures()
  const breakOff = async (index: number): Promise<void> => {
    const random = streamOf(seed, 'broken upload', index)
    const { body, headers } = await makeForm(seed, index, pictures)
    const bytes = Buffer.from(await new Response(body).arrayBuffer())
    const socket = connect({ port: site.port, host: '127.0.0.1' })
    socket.on('error', () => undefined)
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    socket.write(
      `POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${site.token}\r\n` +
        `Content-Type: ${headers.get('content-type') ?? ''}\r\nContent-Length: ${bytes.length}\r\n\r\n`,
    )
    socket.write(bytes.subarray(0, random.int(0, bytes.length)))
    setTimeout(
      () => {
        if (chance(random, 0.5)) socket.resetAndDestroy()
        else socket.destroy()
      },
      random.int(0, 150),
    )
    await closed
  }
  await Promise.all(Array.from({ length: count }, (_, index) => breakOff(index)))
}
