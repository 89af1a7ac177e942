import {
  choice,
  decimal,
  hasTask,
  readChoice,
  type TrainDraft,
  type TrainField,
  type TrainFieldGroup,
} from './train-field.ts'

const hasSeveralTasks = (draft: TrainDraft) => Array.isArray(draft['tasks']) && draft['tasks'].length > 1
const learnsYears = (draft: TrainDraft) => hasTask(draft, 'age') && draft['age.target'] === 'years'
const learnsClasses = (draft: TrainDraft) =>
  hasTask(draft, 'race') || hasTask(draft, 'gender') || !learnsYears(draft)
const hasWeight = (task: string) => (draft: TrainDraft) =>
  hasSeveralTasks(draft) && draft['combination.kind'] === 'fixed' && hasTask(draft, task)

const combinationField: TrainField = {
  path: 'combination.kind',
  title: 'Combination of losses',
  help: 'How the tasks share the network. Years give far larger losses than classes, so a plain sum then serves age first.',
  control: choice({
    sum: 'Plain sum',
    fixed: 'Fixed weights',
    uncertainty: 'Learned uncertainty weights',
    dwa: 'Dynamic weight averaging',
  }),
  applies: hasSeveralTasks,
}

const lossFields: readonly TrainField[] = [
  combinationField,
  {
    path: 'combination.weights.race',
    title: 'Weight of race',
    help: 'The race loss is multiplied by this.',
    control: decimal(0.1),
    applies: hasWeight('race'),
  },
  {
    path: 'combination.weights.gender',
    title: 'Weight of gender',
    help: 'The gender loss is multiplied by this.',
    control: decimal(0.1),
    applies: hasWeight('gender'),
  },
  {
    path: 'combination.weights.age',
    title: 'Weight of age',
    help: 'The age loss is multiplied by this; in years, values near 0.001 to 0.1 bring it to the size of the others.',
    control: decimal(0.001),
    applies: hasWeight('age'),
  },
  {
    path: 'combination.temperature',
    title: 'Temperature',
    help: 'Larger values keep the weights nearer to equal; small ones follow the slowest task more.',
    control: decimal(0.5),
    applies: (draft) => hasSeveralTasks(draft) && draft['combination.kind'] === 'dwa',
  },
  {
    path: 'age.loss',
    title: 'Loss of the years',
    help: 'L1 counts every year alike; L2 punishes large errors most; Huber is between; cross-entropy needs the DEX read-out.',
    control: choice({
      l1: 'L1 (absolute years)',
      l2: 'L2 (squared years)',
      huber: 'Huber',
      'cross-entropy': 'Cross-entropy on the year',
    }),
    applies: learnsYears,
  },
  {
    path: 'age.huberDelta',
    title: 'Huber limit (years)',
    help: 'Errors below it count squared, larger ones linearly.',
    control: decimal(1),
    applies: (draft) => learnsYears(draft) && draft['age.loss'] === 'huber',
  },
  {
    path: 'classWeights',
    title: 'Class weights',
    help: 'Gives rare classes a larger share of the loss. Balanced counts every class alike; the square root goes half the way.',
    control: choice({ none: 'None', balanced: 'Balanced', 'inverse-sqrt': 'Inverse square root' }),
    applies: learnsClasses,
  },
  {
    path: 'labelSmoothing',
    title: 'Label smoothing',
    help: 'Share of the label spread over all classes (0 to 0.9). It softens the probabilities and tolerates wrong labels a little.',
    control: decimal(0.05),
    applies: learnsClasses,
  },
]

export const lossGroup: TrainFieldGroup = {
  key: 'losses',
  title: 'Losses',
  fields: lossFields,
  digest: (draft) =>
    [
      hasSeveralTasks(draft) ? readChoice(combinationField, draft['combination.kind']) : 'one loss',
      draft['classWeights'] === 'none' ? '' : 'class weights',
      draft['labelSmoothing'] === 0 ? '' : 'smoothing',
    ]
      .filter(Boolean)
      .join(' · '),
}
