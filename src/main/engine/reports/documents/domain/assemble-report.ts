import type { ReportDocument } from '#shared/contract/report.contract.ts'
import { chooseFindings } from './choose-findings.ts'

/** What is computed of answers. */
export interface ReportFigures {
  readonly population: ReportDocument['population']
  readonly tasks: ReportDocument['tasks']
  readonly systems: ReportDocument['systems']
}

/** What a report says beside its figures: read from records, or from the report of a bundle. */
export type ReportFacts = Omit<ReportDocument, 'findings' | 'population' | 'tasks' | 'systems' | 'missing'>

type Missing = ReportDocument['missing'][number]

/** The whole document: findings and what is missing follow from the rest. */
export function assembleReport(facts: ReportFacts, figures: ReportFigures): ReportDocument {
  const { population, tasks, systems } = figures
  return {
    ...facts,
    population,
    tasks,
    systems,
    findings: chooseFindings({ ...facts, population, tasks }),
    missing: listMissing({ ...facts, ...figures }),
  }
}

/** Parts of a report that somebody else must fill, or that were not done: told, never left out in silence. */
function listMissing({
  subject,
  certificate,
  tasks,
  systems,
  isSynthetic,
}: ReportFacts & ReportFigures): Missing[] {
  const answered = tasks.map(({ task }) => task)
  const unanswered = (['race', 'gender', 'age'] as const).filter((task) => !answered.includes(task))
  const judged = tasks.some(({ groups }) => groups.some(({ aggregate }) => aggregate !== null))
  const years = tasks.some(({ result }) => (result.years?.meanAbsoluteError.n ?? 0) > 0)
  return [
    ...unanswered.map((task) => ({
      what: `Figures for ${task}`,
      why: 'the model does not answer it',
      howTo: 'train a model with this head',
    })),
    ...tasks.flatMap(({ task, result }) =>
      result.accuracy.n > 0
        ? []
        : [
            {
              what: `Figures for ${task}`,
              why: 'no image has a label that the model knows',
              howTo: 'evaluate on a split whose labels are those of the model',
            },
          ],
    ),
    ...(judged
      ? []
      : [
          {
            what: 'Differences between groups',
            why: 'fewer than two groups have the 30 images that a figure wants',
            howTo: 'evaluate on more images',
          },
        ]),
    ...(answered.includes('age') && !years
      ? [
          {
            what: 'Errors in years of age',
            why: 'the model answers in bins, or no image has an exact age',
            howTo: 'train with --age years on a data set with exact ages',
          },
        ]
      : []),
    ...(systems.length > 0
      ? []
      : [
          {
            what: 'Other systems on the same images',
            why: 'no stored answers of another system are about these images',
            howTo: 'evenhand baselines import',
          },
        ]),
    ...(certificate !== null
      ? []
      : [
          {
            what: 'Leakage certificate',
            why: 'nobody has looked for people and pictures in several parts of this split',
            howTo: `evenhand split certify ${subject.splitId}`,
          },
        ]),
    ...(isSynthetic
      ? []
      : [
          {
            what: 'Origin, lawful basis and consent of the pictures',
            why: 'no record of the project says it',
            howTo: 'to be filled by whoever provides the data',
          },
          {
            what: 'Skin tone and picture quality by group',
            why: 'this version does not put them into reports',
            howTo: 'look at the findings by group on Curate',
          },
        ]),
    {
      what: 'Intended use, uses advised against, oversight',
      why: 'no record of the project says it',
      howTo: 'to be filled by whoever puts the model to use',
    },
    {
      what: 'Explanations of answers',
      why: 'maps are made picture by picture, and this version keeps none with an evaluation',
      howTo: 'evenhand explain',
    },
  ]
}
