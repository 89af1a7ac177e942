import type { ReportDepth, ReportDocument } from '#shared/contract/report.contract.ts'
import {
  certificateWords,
  describeBreak,
  describeJoins,
  describeMissed,
  describeUncompared,
} from '#shared/derived/describe-certificate.ts'
import { describeTestPart } from '#shared/derived/describe-openings.ts'
import { formatCount } from '#shared/domain/format.ts'
import type { Block, Section } from './page.ts'
import { partWords } from './words.ts'

/** What decides how far figures can be trusted: leaks, openings, and what was noted of the images. */
export function describeTrust(report: ReportDocument): Section {
  const { certificate, testPart, subject, notes, ledger } = report
  const leaks: Block[] =
    certificate === null
      ? [
          {
            kind: 'text',
            text: `The split has no leakage certificate: nobody has looked for people and pictures that stand in several of its parts.`,
          },
        ]
      : describeCertificate(certificate)
  const openings: Block[] = [
    {
      kind: 'text',
      text:
        testPart === null
          ? `This is the ${partWords(subject)}, which is not sealed${subject.learned?.splitId === subject.splitId ? ': choices of the model may have been made by it' : ''}.`
          : describeTestPart(testPart),
    },
  ]
  const own = notes.filter((note) => testPart === null || note !== describeTestPart(testPart))
  return {
    id: 'trust',
    title: 'How far these figures can be trusted',
    blocks: [
      { kind: 'heading', text: 'Seal and openings' },
      ...openings,
      {
        kind: 'text',
        text:
          ledger.n === 0
            ? 'The ledger of openings is empty.'
            : `The ledger of openings ends, as far as this report goes, on line ${formatCount(ledger.n)} of ${ledger.time ?? ''}: ${ledger.sha256}. Whoever kept that hash elsewhere can show that no line was changed since.`,
      },
      { kind: 'heading', text: 'Leaks between the parts' },
      ...leaks,
      { kind: 'heading', text: 'Images and model' },
      ...(own.length === 0
        ? [{ kind: 'text' as const, text: 'Nothing was noted.' }]
        : [{ kind: 'list' as const, items: own }]),
    ],
  }
}

function describeCertificate(certificate: NonNullable<ReportDocument['certificate']>): Block[] {
  const { state, joins, broken, undecided, compared, found, madeAt, madeBy } = certificate
  const several = describeJoins(joins)
  return [
    {
      kind: 'text',
      text: `Certificate of ${madeAt.slice(0, 10)} by ${madeBy}: ${certificateWords[state]}. ${several.length === 0 ? 'No person, file or picture is known to stand in two parts.' : `${several.join('; ')}.`}`,
    },
    {
      kind: 'list',
      items: [
        `${formatCount(compared.pictures)} of ${formatCount(compared.images)} pictures were compared by their looks, ${formatCount(compared.faces)} by their faces.`,
        `${formatCount(found.near)} near pairs of pictures and ${formatCount(found.faces)} of faces stand in two parts; ${formatCount(undecided.near + undecided.faces)} wait for somebody to decide them.`,
        describeMissed(certificate),
        ...describeUncompared(certificate),
        ...broken.map((one) => `Since then: ${describeBreak(one)}.`),
      ],
    },
  ]
}

/** How figures, intervals, differences and gaps were made. */
export function explainMethod({ method, tasks }: ReportDocument): Section {
  const methods = [...new Set(tasks.flatMap(({ groups }) => groups.map((table) => table.method)))]
  return {
    id: 'method',
    title: 'How the figures were made',
    blocks: [
      { kind: 'text', text: method.intervals },
      ...(method.bootstrap === null
        ? []
        : [
            {
              kind: 'text' as const,
              text: `Seed ${method.bootstrap.seed}, ${formatCount(method.bootstrap.replicates)} draws over ${formatCount(method.bootstrap.groups)} groups.`,
            },
          ]),
      {
        kind: 'text',
        text: 'Pairs of groups end in one of three verdicts: they differ (the interval, corrected for all pairs of the table, leaves out zero), are alike within a margin (two one-sided tests against 5 points, or a year), or the data do not tell. Each table is a family of its own; the three findings are taken from all of them.',
      },
      { kind: 'list', items: methods },
      {
        kind: 'text',
        text: 'Accuracy, because every wrong answer is an error whatever the label; gender beside it with the rate of each label, and with how sure the model is of one label, which shows a lean that accuracy hides; age in bins and, where the model gives years, in years. Groups below 30 images have their count alone, below 100 they are marked.',
      },
    ],
  }
}

export const glossary: Section = {
  id: 'words',
  title: 'Words',
  blocks: [
    {
      kind: 'facts',
      caption: 'What the words of this report mean',
      rows: [
        { term: 'Accuracy', text: 'the share of images that were answered as they are labelled' },
        { term: 'Balanced accuracy', text: 'the mean of the accuracies of the labels, each counting alike' },
        {
          term: 'Bias (age)',
          text: 'mean of answered less labelled years: above 0 where people are taken for older',
        },
        {
          term: 'By chance',
          text: 'the gap that groups of these sizes would show if their labels said nothing: labels of whole people are shuffled',
        },
        {
          term: 'Calibration error',
          text: 'how far the model’s confidence lies from how often it is right, in 15 bins',
        },
        {
          term: 'Corrected',
          text: 'widened, since one in twenty of many comparisons would differ by chance alone',
        },
        {
          term: 'Drawn to the mean',
          text: 'the figure moved to the mean of all groups, the more the fewer images it rests on (empirical Bayes)',
        },
        {
          term: 'Interval',
          text: 'where the true figure lies 19 times in 20, people or sets of copies and not pictures being what is drawn',
        },
        { term: 'Labelled', text: 'what annotators wrote of a picture; never who somebody is' },
        { term: 'Ledger', text: 'a list that can only grow, each line holding the hash of the one before' },
        { term: 'Macro-F1', text: 'the mean over labels of the harmonic mean of precision and recall' },
        { term: 'p', text: 'how often chance alone would give a gap as large' },
        {
          term: 'People or sets of copies',
          text: 'pictures of one person are taken together where the person is known, and copies of one picture where nobody is',
        },
        { term: 'Points', text: 'percentage points: from 80 % to 85 % are 5 points' },
        { term: 'Sealed', text: 'not to be looked at before somebody opens it on record, with a reason' },
      ],
    },
  ],
}

export function howToVerify({ subject }: ReportDocument, depth: ReportDepth): Section {
  if (depth === 'summary')
    return {
      id: 'verify',
      title: 'How to check this report',
      blocks: [
        {
          kind: 'text',
          text: 'Ask for the audit bundle, and run evenhand verify FILE.zip: every figure is computed anew from the answers in it. Without Evenhand, python3 verify.py FILE.zip checks hashes, counts and shares.',
        },
      ],
    }
  return {
    id: 'verify',
    title: 'How to check this report',
    blocks: [
      {
        kind: 'text',
        text: 'Every figure can be computed anew from the answers that the audit bundle holds. Ask for the bundle, then:',
      },
      {
        kind: 'list',
        isOrdered: true,
        items: [
          'evenhand verify FILE.zip says line by line what holds, on any machine, without the project and without a network.',
          'python3 verify.py FILE.zip, the program in the bundle, checks it without Evenhand; it needs Python alone.',
          `In the project, evenhand report --evaluation ${subject.evaluationId} gives the same bytes again as long as its records are the same, and evenhand ledger verify holds the ledger against a head that was kept.`,
        ],
      },
    ],
  }
}

function describeLearned({ learned, images }: ReportDocument['subject']): string {
  if (learned === null) return 'not known: no run of the project made this model'
  const { split, splitId, trainedOn, crossvalId } = learned
  const parts =
    crossvalId === null ? 'the training part' : 'all but a fold of the training and validation parts'
  return `${parts} of split ${splitId} ${split}, to which ${trainedOn === 0 ? 'none' : formatCount(trainedOn)} of these ${formatCount(images)} images belong`
}

/** What exactly the report is about, by hashes. */
export function listIdentity(report: ReportDocument, depth: ReportDepth): Section {
  const { subject, madeBy, at } = report
  const code = (term: string, text: string) => ({ term, text, isCode: true })
  return {
    id: 'identity',
    title: 'What it is about',
    blocks: [
      {
        kind: 'facts',
        caption: 'Model, images and records',
        rows: [
          {
            term: 'Model',
            text: `${subject.modelId} ${subject.model}, ${subject.arch} at ${subject.inputSize} pixels, trained ${subject.trainedAt.slice(0, 10)}`,
          },
          code('Weights, SHA-256', subject.weightsSha256),
          { term: 'Learned from', text: describeLearned(subject) },
          code('Split, SHA-256', subject.splitHash),
          ...(report.testPart === null || depth !== 'summary'
            ? []
            : [{ term: 'Test part', text: describeTestPart(report.testPart) }]),
          ...(subject.predictionsSha256 === null
            ? []
            : [code('Answers, SHA-256', subject.predictionsSha256)]),
          ...(depth === 'summary'
            ? []
            : [
                {
                  term: 'Images',
                  text: `${partWords(subject)} of split ${subject.splitId} ${subject.split}, ${formatCount(subject.images)} images`,
                },
                { term: 'Evaluation', text: `${subject.evaluationId}, ${subject.evaluatedAt}` },
                {
                  term: 'Computed by',
                  text:
                    subject.computedBy === null
                      ? 'ONNX Runtime, float32'
                      : `${subject.computedBy.library}, ${subject.computedBy.arithmetic}`,
                },
              ]),
          {
            term: 'Report',
            text: `Evenhand ${madeBy}, evaluation ${subject.evaluationId}; newest record ${at}`,
          },
          { term: 'Responsible person', text: 'not recorded: to be filled by whoever signs it' },
        ],
      },
    ],
  }
}
