import { arch, platform } from 'node:process'
import { AppError } from '#shared/contract/errors.ts'
import type { ComputeId, DeviceList, DeviceReport } from '#shared/contract/system.contract.ts'
import type { TrainConfig } from '#shared/contract/train-config.contract.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import { requireOnednn, thisMachine } from '#engine/networks/gradients/onednn/find-onednn.ts'
import { usualChoice, type InferenceChoice } from '#engine/networks/inference/inference-choice.ts'
import { deviceNames, findFault, remedies, shortenDetail } from './device-texts.ts'
import { nameGraphics } from './name-graphics.ts'
import type { DeviceProbe, ProbeOutcome } from './run-probe.ts'
import { describeHolds, TestedDevices } from './tested-devices.ts'

export interface ResolvedDevice {
  readonly engine: 'onnx' | 'onednn' | 'tensorflow'
  readonly device: Exclude<TrainConfig['device'], 'auto'>
  /** Left out where nothing but float32 can be had and nothing was asked for. */
  readonly arithmetic?: 'float32' | 'bf16'
}

type AskedDevice = Pick<TrainConfig, 'engine' | 'device' | 'arithmetic'> &
  Partial<Pick<TrainConfig, 'arch' | 'trainable'>>

/** oneDNN has the operations of ResNets, as a whole or frozen below the heads. */
const isBeyondOnednn = (asked: AskedDevice): boolean =>
  asked.arch === 'face-resnet' || asked.trainable === 'last-stage'

/** What is asked for to answer by an exported file. */
export interface AskedInference {
  readonly engine: 'auto' | 'onnx' | 'onednn'
  readonly arithmetic: 'auto' | 'float32' | 'bf16'
}

/** What a run's record says of it. */
export interface DescribedDevice {
  readonly engine: string
  readonly device: string
}

interface DeviceServiceDeps {
  readonly userDataFolder: string
  /** Null where no process can be started for a test. */
  readonly probe: DeviceProbe | null
  /** ONNX Runtime's version and the providers it names. */
  readonly readRuntime: () => Promise<{ version: string; providers: readonly string[] }>
  readonly cores: number
  readonly now: Clock
}

const order = ['cpu', 'webgpu', 'cuda', 'dml', 'coreml', 'onednn', 'tensorflow'] as const

/** What is no provider of ONNX Runtime's, and is looked for wherever a test asks. */
const isOwnLibrary = (id: ComputeId): boolean => id === 'onednn' || id === 'tensorflow'

/** Knows what can train on this machine: nothing but the CPU is offered before it has been seen to train. */
export class DeviceService {
  readonly #deps: DeviceServiceDeps
  readonly #tested: TestedDevices
  #testing: Promise<unknown> = Promise.resolve()

  constructor(deps: DeviceServiceDeps) {
    this.#deps = deps
    this.#tested = new TestedDevices(deps)
  }

  async list(): Promise<DeviceList> {
    const devices = await this.#report()
    return { devices, automatic: findFastest(devices) }
  }

  /** One test after another: two at once would share the machine and measure each other. Throws NOT_FOUND. */
  test(id: ComputeId): Promise<DeviceReport> {
    const tested = this.#testing.then(() => this.#test(id))
    this.#testing = tested.catch(() => undefined)
    return tested
  }

  /**
   * What computes a run, for what was asked. A device that was never tested is tested now.
   * @throws AppError PRECONDITION with reason and remedy for what cannot be had here.
   */
  async resolve(asked: AskedDevice): Promise<ResolvedDevice> {
    const { engine, arithmetic } = asked
    if (engine === 'onednn' || arithmetic === 'bf16') return this.#resolveOnednn(asked)
    const resolved = await this.#resolveFloat32(asked)
    return resolved.engine === 'onednn' || arithmetic === undefined
      ? resolved
      : { ...resolved, arithmetic: 'float32' }
  }

  /**
   * A run was resolved when it was planned; when it computes, oneDNN may be another file, or the processor another one.
   * @throws AppError PRECONDITION where what is there now was not seen to train, UNAVAILABLE where there is none.
   */
  async checkTested({ engine }: Pick<TrainConfig, 'engine'>): Promise<void> {
    if (engine !== 'onednn') return
    const path = requireOnednn(thisMachine())
    const report = (await this.#report()).find(({ id }) => id === engine)
    if (report !== undefined && report.state !== 'untested') return checkAvailable(report)
    throw new AppError(
      'PRECONDITION',
      `oneDNN at ${path} was never tested on this machine as it is now. Run \`evenhand devices --test\`, or test the devices in Settings; then resume the run, or ask for the evaluation again.`,
      { details: { device: engine } },
    )
  }

  /**
   * What answers by an exported file. Rounding changes answers, so bf16 is had by name alone; in float32 oneDNN was no
   * faster than ONNX Runtime where both were measured, so it too is had by name.
   * @throws AppError PRECONDITION with reason and remedy for what cannot be had here.
   */
  async resolveInference({ engine, arithmetic }: AskedInference): Promise<InferenceChoice> {
    if (engine !== 'onednn' && arithmetic !== 'bf16') return usualChoice
    const asked = arithmetic === 'auto' ? 'float32' : arithmetic
    const resolved = await this.#resolveOnednn({ engine, device: 'cpu', arithmetic: asked })
    return { engine: 'onednn', arithmetic: resolved.arithmetic ?? 'float32' }
  }

  /** oneDNN by name, or for the arithmetic that it alone has. */
  async #resolveOnednn(asked: AskedDevice): Promise<ResolvedDevice> {
    const { engine, device, arithmetic = 'auto' } = asked
    if (isBeyondOnednn(asked)) {
      throw new AppError(
        'PRECONDITION',
        'oneDNN trains ResNets, as a whole or by their heads alone; neither the face ResNet nor a last stage. Leave engine and arithmetic on auto, or use the engine onnx.',
        { details: { engine, arithmetic } },
      )
    }
    const isElsewhere = device !== 'auto' && device !== 'cpu'
    if (isElsewhere || engine === 'onnx' || engine === 'tensorflow') {
      throw new AppError(
        'PRECONDITION',
        engine === 'onednn'
          ? `oneDNN computes on the CPU, so the device ${device} cannot be had with it. Leave the device on auto, or use the engine onnx.`
          : `bf16 is computed by oneDNN on the CPU alone, not by the engine ${engine} on the device ${device}. Leave both on auto, or use float32.`,
        { details: { engine, device, arithmetic } },
      )
    }
    const { measured } = await this.#require('onednn')
    const best = measured?.arithmetic ?? 'float32'
    if (arithmetic === 'bf16' && best !== 'bf16') {
      throw new AppError(
        'PRECONDITION',
        'This processor has no bf16 that oneDNN could use, so it would be slower than float32. Leave the arithmetic on auto.',
        { details: { arithmetic } },
      )
    }
    return { engine: 'onednn', device: 'cpu', arithmetic: arithmetic === 'auto' ? best : arithmetic }
  }

  async #resolveFloat32(asked: AskedDevice): Promise<ResolvedDevice> {
    const { engine, device, arithmetic } = asked
    if (engine === 'tensorflow') {
      const report = await this.#require('tensorflow')
      const found = isOnGpu(report) ? 'cuda' : 'cpu'
      if (device !== 'auto' && device !== found) {
        throw new AppError(
          'PRECONDITION',
          `TensorFlow computes on ${report.hardware ?? found} here, so the device ${device} cannot be had with it. Leave the device on auto, or use the engine onnx.`,
          { details: { engine, device } },
        )
      }
      return { engine, device: found }
    }
    if (device !== 'auto') {
      if (device !== 'cpu') await this.#require(device)
      return { engine: 'onnx', device }
    }
    const devices = await this.#report()
    // The engine onnx was asked for by name, so only its own devices count.
    if (engine === 'onnx') return { engine, device: findFastestOfOnnx(devices) }
    const usable = devices.filter(
      ({ id, measured }) =>
        id !== 'onednn' ||
        (!isBeyondOnednn(asked) && (arithmetic !== 'float32' || measured?.arithmetic === 'float32')),
    )
    const automatic = findFastest(usable)
    if (automatic === 'onednn') return this.#resolveOnednn({ ...asked, engine: automatic })
    if (automatic === 'tensorflow') return this.#resolveFloat32({ ...asked, engine: automatic })
    return { engine: 'onnx', device: automatic }
  }

  async describe({ engine, device, arithmetic = 'float32' }: ResolvedDevice): Promise<DescribedDevice> {
    const { cores, readRuntime } = this.#deps
    const threads = `${cores} ${cores === 1 ? 'thread' : 'threads'}`
    const reports = await this.#report()
    if (engine === 'tensorflow') {
      const hardware = reports.find(({ id }) => id === 'tensorflow')?.hardware
      return { engine: 'TensorFlow', device: hardware ?? deviceNames[device] }
    }
    if (engine === 'onednn') {
      const library = reports.find(({ id }) => id === 'onednn')?.library ?? deviceNames.onednn
      return { engine: library, device: `CPU, ${threads}, ${arithmetic}` }
    }
    const { version } = await readRuntime()
    if (device === 'cpu') return { engine: `onnxruntime-node ${version}`, device: `CPU, ${threads}` }
    const hardware = reports.find(({ id }) => id === device)?.hardware ?? 'an unnamed processor'
    return { engine: `onnxruntime-node ${version}`, device: `${deviceNames[device]}, ${hardware}` }
  }

  async #require(id: ComputeId): Promise<DeviceReport> {
    const known = (await this.#report()).find((report) => report.id === id)
    if (known === undefined) {
      const { version } = await this.#deps.readRuntime()
      throw new AppError(
        'PRECONDITION',
        `ONNX Runtime ${version} for ${platform} ${arch} has no ${deviceNames[id]}. Use the device cpu or leave it on auto; \`evenhand devices\` lists what there is.`,
        { details: { device: id } },
      )
    }
    const report = known.state === 'untested' ? await this.test(id) : known
    checkAvailable(report)
    return report
  }

  async #test(id: ComputeId): Promise<DeviceReport> {
    const reports = await this.#report()
    const before = reports.find((report) => report.id === id)
    if (before === undefined) {
      throw new AppError('NOT_FOUND', `There is no ${deviceNames[id]} here to test.`, {
        details: { device: id },
      })
    }
    const { probe, now } = this.#deps
    const { [id]: heldTo } = await describeHolds()
    if (probe === null) {
      throw new AppError(
        'UNAVAILABLE',
        'The packaged desktop program cannot start a process for a test. Run `evenhand devices --test` once; its results are shown here.',
      )
    }
    const report = judge(before, await probe(id), formatTimestamp(now()))
    await this.#tested.keep(report, heldTo)
    return report
  }

  /** Stored results, for what was never tested an empty one. */
  async #report(): Promise<DeviceReport[]> {
    const { readRuntime } = this.#deps
    const { providers } = await readRuntime()
    const [stored, graphics] = await Promise.all([this.#tested.list(), nameGraphics(platform)])
    const hardware = graphics.length === 0 ? null : graphics.join('; ')
    return order
      .filter((id) => id === 'cpu' || isOwnLibrary(id) || providers.includes(id))
      .map((id) => {
        const known = stored.find((report) => report.id === id)
        if (known !== undefined) return known
        return {
          id,
          name: deviceNames[id],
          state: id === 'cpu' ? 'available' : 'untested',
          hardware: id === 'cpu' || isOwnLibrary(id) ? null : hardware,
          library: null,
          reason: null,
          measured: null,
        }
      })
  }
}

function checkAvailable({ id, name, state, reason }: DeviceReport): void {
  if (state === 'available') return
  throw new AppError('PRECONDITION', `${name} cannot train here: ${reason}`, { details: { device: id } })
}

function judge(before: DeviceReport, outcome: ProbeOutcome, testedAt: string): DeviceReport {
  const { id } = before
  if (!outcome.isDone) {
    const reason = `${shortenDetail(outcome.detail)}. ${remedies[id]}`.replace(/\.\. /, '. ')
    return { ...before, state: 'unavailable', reason, measured: null }
  }
  const measured = { ...outcome.measured, testedAt }
  const tested = {
    ...before,
    hardware: outcome.hardware ?? before.hardware,
    library: outcome.library,
    measured,
  }
  const fault = findFault(measured)
  return fault === null
    ? { ...tested, state: 'available', reason: null }
    : { ...tested, state: 'unavailable', reason: `${fault}. ${remedies[id]}` }
}

const isOnGpu = ({ hardware }: DeviceReport): boolean => hardware?.startsWith('GPU') === true

/** Against the CPU of the same minute: how many times as fast; 1 for the CPU, 0 where it is not known. */
function findGain({ id, state, measured }: DeviceReport): number {
  if (id === 'cpu') return 1
  if (state !== 'available' || measured === null) return 0
  const { imagesPerSecond, cpuImagesPerSecond } = measured
  return imagesPerSecond === null || cpuImagesPerSecond === null ? 0 : imagesPerSecond / cpuImagesPerSecond
}

const findFastest = (devices: readonly DeviceReport[]): ComputeId =>
  devices.reduce<{ id: ComputeId; gain: number }>(
    (best, report) => (findGain(report) > best.gain ? { id: report.id, gain: findGain(report) } : best),
    { id: 'cpu', gain: 1 },
  ).id

function findFastestOfOnnx(devices: readonly DeviceReport[]): ResolvedDevice['device'] {
  const fastest = findFastest(devices.filter(({ id }) => !isOwnLibrary(id)))
  return fastest === 'tensorflow' || fastest === 'onednn' ? 'cpu' : fastest
}
