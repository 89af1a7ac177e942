import { toCanonicalJson, hashBytes } from '#engine/base/kernel/hash.ts'
import type { ReportDocument, ReportTask } from '#shared/contract/report.contract.ts'
import type { ZipEntry } from './write-zip.ts'

/** Parts that a signature adds; the manifest lists none of them, since it is what they speak of. */
export const signaturePath = 'model.sig'
export const attestationPath = 'attestations/evaluation.sigstore.json'
export const signerPath = 'signer.pem'
export const signatureParts = new Set([signaturePath, attestationPath, signerPath])

export const payloadType = 'application/vnd.in-toto+json'
export const sigstoreMediaType = 'application/vnd.dev.sigstore.bundle.v0.3+json'
const statementType = 'https://in-toto.io/Statement/v1'

interface Statement {
  readonly _type: string
  readonly subject: readonly { readonly name: string; readonly digest: { readonly sha256: string } }[]
  readonly predicateType: string
  readonly predicate: Readonly<Record<string, unknown>>
}

/** What is signed of a payload: DSSE's pre-authentication encoding (https://github.com/secure-systems-lab/dsse/blob/master/protocol.md). */
export const encodeForSigning = (payload: Uint8Array): Uint8Array =>
  Buffer.concat([Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `), payload])

/** A statement as the bytes that go into an envelope. */
export const writeStatement = (statement: Statement): Uint8Array => Buffer.from(toCanonicalJson(statement))

/** By the numbers of their characters, as OpenSSF Model Signing wants names ordered: not by JavaScript's halves of characters. */
const compareNames = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

/**
 * All parts by their hashes, in the form of OpenSSF Model Signing 1.0 (https://github.com/ossf/model-signing-spec), so that its tools take
 * an unpacked bundle for a signed model. The subject's digest is over the digests in their order.
 */
export function stateParts({ subject }: ReportDocument, parts: readonly ZipEntry[]): Statement {
  const resources = parts
    .filter(({ path }) => path !== signaturePath)
    .toSorted((a, b) => compareNames(a.path, b.path))
    .map(({ path, content }) => ({ name: path, algorithm: 'sha256', digest: hashBytes(content) }))
  const root = hashBytes(Buffer.concat(resources.map(({ digest }) => Buffer.from(digest, 'hex'))))
  return {
    _type: statementType,
    subject: [{ name: `evaluation-${subject.evaluationId}`, digest: { sha256: root } }],
    predicateType: 'https://model_signing/signature/v1.0',
    predicate: {
      resources,
      serialization: {
        method: 'files',
        hash_type: 'sha256',
        allow_symlinks: false,
        ignore_paths: [signaturePath, '.git', '.gitattributes', '.github', '.gitignore'],
      },
    },
  }
}

const outcomes = ['passed', 'warned', 'failed'] as const
type Outcome = (typeof outcomes)[number]

/**
 * A labelling fails where two of its groups differ, and passes where all groups that have an image are judged and all pairs of them alike
 * within the margin; it warns where the data do not tell, or where something stands against trusting any figure.
 */
function judgeTable({ pairs, groups }: ReportTask['groups'][number], isTrusted: boolean): Outcome {
  if (pairs.some(({ verdict }) => verdict === 'differs')) return 'failed'
  const isJudged = groups.every(({ n, shown }) => n === 0 || shown !== 'counts only')
  const isAlike = pairs.length > 0 && pairs.every(({ verdict }) => verdict === 'alike')
  return isTrusted && isJudged && isAlike ? 'passed' : 'warned'
}

/**
 * The evaluation as an in-toto test result 0.1 (https://github.com/in-toto/attestation/blob/main/spec/predicates/test-result.md) about the
 * model's weights: a test for each task and labelling, by its verdicts on accuracy (95 % over all pairs of a table). Bound to the report by its
 * hash, with what stands against trusting it in words.
 */
export function stateEvaluation(report: ReportDocument): Statement {
  const { subject, tasks, findings } = report
  const [trust] = findings.filter(({ kind }) => kind === 'trust')
  const tests = tasks.flatMap(({ task, groups }) =>
    groups
      .filter(({ metric, by }) => metric === 'accuracy' && by.length === 1)
      .map((table) => ({
        name: `accuracy of ${task} by ${table.by.join()}`,
        outcome: judgeTable(table, trust === undefined),
      })),
  )
  const named = (outcome: Outcome): string[] =>
    tests.filter((test) => test.outcome === outcome).map(({ name }) => name)
  const worst = outcomes.findLast((outcome) => named(outcome).length > 0) ?? 'warned'
  return {
    _type: statementType,
    subject: [{ name: subject.model, digest: { sha256: subject.weightsSha256 } }],
    predicateType: 'https://in-toto.io/attestation/test-result/v0.1',
    predicate: {
      result: worst.toUpperCase(),
      configuration: [
        {
          name: 'report.json',
          digest: { sha256: hashBytes(`${toCanonicalJson(report)}\n`) },
          annotations: { part: subject.part, images: subject.images, trust: trust?.text ?? '' },
        },
        { name: `split ${subject.split}, ${subject.part}`, digest: { sha256: subject.splitHash } },
        ...(subject.predictionsSha256 === null
          ? []
          : [{ name: 'answers', digest: { sha256: subject.predictionsSha256 } }]),
      ],
      passedTests: named('passed'),
      warnedTests: named('warned'),
      failedTests: named('failed'),
    },
  }
}
