import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { projectSummary } from '#shared/contract/project.contract.ts'
import { openEngine } from '../fixtures/engine.ts'
import { makeTemporaryFolder } from '../fixtures/folders.ts'
import { finishWell } from '../fixtures/jobs.ts'
import { startServeProcess, type ServeProcess } from '../fixtures/serve-process.ts'
import { writeUntrainedModel } from '../fixtures/untrained-model.ts'
import { ask } from './ask.ts'
import { breakUpgrades } from './broken-upgrades.ts'
import { comparePrints, printFolder } from './folder-prints.ts'
import { makeHostileCall, type HostileCall } from './hostile-calls.ts'
import { makeMalformedRequest } from './malformed-requests.ts'
import { makeOddPlaces } from './odd-places.ts'
import { callByRest } from './rest-calls.ts'
import { RpcLine, writeJson, type RpcAnswer } from './rpc-line.ts'
import { listAnswers, sendMalformed } from './send-malformed.ts'
import { breakOffUploads, uploadAtOnce } from './uploads.ts'
import { compareVitals, describeVitals, readSettledVitals, vitalsOptions, type Vitals } from './vitals.ts'

export interface HostileLoad {
  readonly requests: number
  readonly calls: number
  readonly upgrades: number
  readonly uploads: number
  readonly brokenUploads: number
}

export const fullLoad: HostileLoad = {
  requests: 10_000,
  calls: 10_000,
  upgrades: 400,
  uploads: 200,
  brokenUploads: 100,
}
export const quickLoad: HostileLoad = {
  requests: 400,
  calls: 240,
  upgrades: 60,
  uploads: 30,
  brokenUploads: 15,
}
/**
 * Loads what is loaded once (codecs, models, worker threads of every feature) before memory is measured first: a tenth of the
 * calls, since what is rare among them loads something as well.
 */
const warmUpOf = ({ calls }: HostileLoad): HostileLoad => ({
  requests: 100,
  calls: Math.max(80, Math.round(calls / 10)),
  upgrades: 10,
  uploads: 10,
  brokenUploads: 5,
})

export interface HostileReport {
  /** Empty when the server held. */
  readonly findings: readonly string[]
  readonly lines: readonly string[]
}

interface Site {
  readonly seed: number
  readonly server: ServeProcess
  readonly project: string
  readonly paths: readonly string[]
  readonly findings: string[]
  readonly tally: Map<string, number>
  readonly tell: (line: string) => void
}

function find({ findings, tell }: Site, ...found: readonly string[]): void {
  findings.push(...found)
  for (const one of found) tell(`FOUND ${one}`)
}

const count = ({ tally }: Site, what: string): void => void tally.set(what, (tally.get(what) ?? 0) + 1)

/** Runs `work` for each number below `total`, so many at a time. */
async function runSideBySide(
  total: number,
  width: number,
  work: (index: number, lane: number) => Promise<void>,
) {
  let next = 0
  const lanes = Array.from({ length: width }, async (_, lane) => {
    while (next < total) await work(next++, lane)
  })
  await Promise.all(lanes)
}

async function sendRequests(site: Site, total: number, from: number): Promise<void> {
  const { seed, server } = site
  await runSideBySide(total, 48, async (offset) => {
    const index = from + offset
    const request = makeMalformedRequest(seed, index, server)
    const answers = listAnswers(await sendMalformed(server.port, request))
    count(site, answers.length === 0 ? 'requests without an answer' : 'requests answered')
    for (const { status, text } of answers) {
      const isTold =
        status === 503 && /\r\nretry-after: /i.test(text) && text.includes('application/problem+json')
      if (status >= 500 && !isTold) find(site, `request ${index} (${request.kind}): ${text.slice(0, 300)}`)
    }
  })
}

/** A message beyond the limit of a line, and one whose account of types that JSON lacks is none of the protocol's. */
function isToldByClosing(closeCode: number, { input, meta }: HostileCall): boolean {
  const bytes = Buffer.byteLength(writeJson(input ?? null))
  return closeCode === 1009 ? bytes > 1_000_000 : closeCode === 1007 && writeJson(meta) !== '[]'
}

/** What is wrong with an answer to a call, or null. */
function judgeCall(answer: RpcAnswer, call: HostileCall): string | null {
  switch (answer.kind) {
    case 'result':
      return null
    case 'failure': {
      const isTold = answer.code === 'UNAVAILABLE' && answer.status === 503
      const isFault = answer.code === 'INTERNAL' || answer.code === 'none' || answer.status >= 500
      return isFault && !isTold ? `${answer.status} ${answer.code}: ${answer.message}` : null
    }
    case 'closed':
      return isToldByClosing(answer.closeCode, call)
        ? null
        : `the connection was closed (${answer.closeCode})`
    case 'silence':
      return 'no answer'
    default:
      return answer satisfies never
  }
}

const plain = (name: string, input?: unknown): HostileCall => ({ name, input, meta: [] })

/** Ends what calls have begun, and opens the project again that one of them may have closed. */
async function tidy({ server, project }: Site): Promise<void> {
  const line = new RpcLine(server)
  await line.call(plain('project.open', { folder: project }))
  for (let round = 0; round < 20; round++) {
    const answer = await line.call(plain('job.list', { limit: 500 }))
    const jobs = answer.kind === 'result' && Array.isArray(answer.value) ? answer.value : []
    const open = jobs.filter(({ state }: { state: string }) => state === 'running' || state === 'queued')
    if (open.length === 0) break
    for (const { id } of open) await line.call(plain('job.cancel', { jobId: id }))
    await new Promise((done) => setTimeout(done, 500))
  }
  line.close()
}

async function callByLine(site: Site, line: RpcLine | undefined, call: HostileCall): Promise<string | null> {
  const answer = (await line?.call(call)) ?? ({ kind: 'silence' } as const)
  count(site, answer.kind === 'failure' ? `calls answered with ${answer.code}` : `calls with ${answer.kind}`)
  return judgeCall(answer, call)
}

async function makeCalls(site: Site, total: number, from: number): Promise<void> {
  const { seed, server, paths } = site
  const width = 8
  const betweenTidying = 40
  const lines = Array.from({ length: width }, () => new RpcLine(server))
  for (let start = 0; start < total && server.isAlive(); start += betweenTidying) {
    await runSideBySide(Math.min(betweenTidying, total - start), width, async (offset, lane) => {
      const index = from + start + offset
      const call = makeHostileCall(seed, index, paths)
      const isByRest = index % 8 === 0
      const wrong = isByRest ? await callByRest(server, call) : await callByLine(site, lines[lane], call)
      if (isByRest) count(site, 'calls by REST')
      if (wrong !== null)
        find(
          site,
          `call ${index} ${call.name}${isByRest ? ' by REST' : ''}: ${wrong} for ${writeJson(call.input ?? null).slice(0, 300)}`,
        )
    })
    if (server.isAlive()) await tidy(site)
  }
  for (const line of lines) line.close()
}

async function expectAlive(site: Site, after: string): Promise<void> {
  const { server } = site
  const health = await ask({ port: server.port, path: '/healthz' }).catch((error: unknown) => String(error))
  if (typeof health === 'string' || health.status !== 200 || !server.isAlive())
    find(
      site,
      `after ${after} the server no longer answers: ${JSON.stringify(health)} ${server.stderr().slice(-2_000)}`,
    )
}

async function runLoad(site: Site, load: HostileLoad, from: number): Promise<void> {
  const { seed, server, tell } = site
  const steps: readonly (readonly [what: string, number: number, run: () => Promise<unknown>])[] = [
    ['malformed requests', load.requests, () => sendRequests(site, load.requests, from)],
    ['hostile calls', load.calls, () => makeCalls(site, load.calls, from)],
    ['broken upgrades', load.upgrades, () => breakUpgrades(server, load.upgrades, seed + from)],
    [
      'uploads at once',
      load.uploads,
      async () => {
        const outcome = await uploadAtOnce(server, load.uploads, seed + from)
        find(site, ...outcome.findings)
        tell(`  by status: ${JSON.stringify(outcome.byStatus)}`)
      },
    ],
    ['broken uploads', load.brokenUploads, () => breakOffUploads(server, load.brokenUploads, seed + from)],
  ]
  for (const [what, number, run] of steps) {
    const startedAt = performance.now()
    await run()
    tell(`${number} ${what} in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
    await expectAlive(site, what)
    if (server.isAlive()) continue
    find(site, `the server ended: ${JSON.stringify(await server.ended)}\n${server.stderr().slice(-4_000)}`)
    return
  }
}

/** The generated sample, split, with a snapshot and decisions: something to ask about. */
async function prepareProject(folder: string, userDataFolder: string): Promise<void> {
  await using opened = openEngine(userDataFolder)
  const { client } = opened
  const { jobId } = await client.project.createSample({ folder, images: 100 })
  await finishWell(client, jobId)
  const split = await client.split.create({})
  await finishWell(client, split.jobId)
  const { items } = await client.image.query({ limit: 3 })
  const images = items.map(({ id, revision }) => ({ imageId: id, revision }))
  await client.decision.decide({ action: 'remove', target: { images } })
  await client.snapshot.create({})
  await client.savedQuery.list()
}

/** What the server wrote about failures that nobody foresaw. */
function listLoggedFaults(server: ServeProcess, logFolder: string): string[] {
  const told = server
    .stderr()
    .split('\n')
    .filter((line) => /^error [0-9a-f]{8}: |Warning: /.test(line))
  const log = readdirSync(logFolder).filter((name) => name.startsWith('evenhand.log'))
  const logged = log
    .flatMap((name) => readFileSync(join(logFolder, name), 'utf8').split('\n'))
    .filter((line) => line.includes('"level":50'))
  return [
    ...new Set([...told.filter((line) => !isNoCall(line)), ...logged.map((line) => line.slice(0, 1_500))]),
  ]
}

/** Messages that are no calls are told of as what they are. */
const isNoCall = (line: string): boolean => line.includes('SyntaxError') || line.includes('is no call')

async function expectAnswersOfProject(site: Site): Promise<void> {
  const line = new RpcLine(site.server)
  const answer = await line.call(plain('project.current'))
  const summary = answer.kind === 'result' ? projectSummary.safeParse(answer.value) : null
  if (summary?.success !== true || summary.data.folder !== site.project)
    find(site, `the project no longer answers: ${JSON.stringify(answer)}`)
  line.close()
}

const repository = resolve(import.meta.dirname, '../..')
/** Written by other programs meanwhile. */
const passedOver = ['node_modules', '.git', 'out', 'dist', 'shared']

/**
 * A real `evenhand serve`, in a process and a folder of its own, under everything that somebody could send it.
 * @param options.rounds the load comes so often, each time another; memory is compared between the end of the first and of the
 *   last round, so that what grows with every call shows. With one round it is compared with the state after the warm-up.
 * @param options.tell hears of each step
 */
export async function runHostileLoad(
  load: HostileLoad,
  {
    seed,
    rounds = 1,
    tell = () => undefined,
  }: { readonly seed: number; readonly rounds?: number; readonly tell?: (line: string) => void },
): Promise<HostileReport> {
  using outer = makeTemporaryFolder()
  const inside = join(outer.path, 'inside')
  const at = (name: string): string => join(inside, name)
  for (const name of ['home', 'user', 'tmp', 'work']) mkdirSync(at(name), { recursive: true })
  writeFileSync(join(outer.path, 'beside'), 'nothing changes this')
  const project = at('project')
  await prepareProject(project, at('user'))
  await writeUntrainedModel(at('model.onnx'))
  await using places = await makeOddPlaces(at('places'), project)
  await using server = await startServeProcess({
    ...vitalsOptions,
    userDataFolder: at('user'),
    workingFolder: at('work'),
    arguments: ['--project', project, '--model', at('model.onnx')],
    env: { HOME: at('home'), TMPDIR: at('tmp') },
  })
  const lines: string[] = []
  const site: Site = {
    seed,
    server,
    project,
    paths: places.paths,
    findings: [],
    tally: new Map(),
    tell: (line) => {
      lines.push(line)
      tell(line)
    },
  }
  const before = [printFolder(repository, passedOver), printFolder(outer.path, ['inside'])] as const
  await runLoad(site, warmUpOf(load), load.calls)
  const fresh = await readSettledVitals(server)
  const states = [fresh]
  site.tell(`after the warm-up: ${describeVitals(fresh)}`)
  for (let round = 0; round < rounds && server.isAlive(); round++) {
    await runLoad(site, load, 2 * round * load.calls)
    if (!server.isAlive()) break
    const held = await settle(site)
    states.push(held)
    site.tell(`after round ${round + 1}: ${describeVitals(held)}`)
  }
  const [last, first] = [states.at(-1), states.at(rounds > 1 ? 1 : 0)]
  if (first && last) find(site, ...compareVitals(first, last))
  const after = [printFolder(repository, passedOver), printFolder(outer.path, ['inside'])] as const
  const written = before.flatMap((prints, index) => comparePrints(prints, after[index] ?? new Map()))
  find(site, ...written.map((path) => `written outside of the folder: ${path}`))
  find(site, ...readdirSync(at('tmp')).map((name) => `left in the folder for temporary files: ${name}`))
  find(site, ...listLoggedFaults(server, at('user/logs')).map((line) => `logged: ${line}`))
  for (const [what, number] of site.tally) site.tell(`${number} ${what}`)
  return { findings: site.findings, lines }
}

/** What the server holds once nothing is at work in it. */
async function settle(site: Site): Promise<Vitals> {
  await tidy(site)
  await expectAnswersOfProject(site)
  return readSettledVitals(site.server)
}
