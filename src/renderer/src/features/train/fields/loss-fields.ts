import {
  decimal,
  defineChoice,
  defineField,
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

const combinationField = defineChoice('combination.kind', hasSeveralTasks)

const lossFields: readonly TrainField[] = [
  combinationField,
  defineField('combination.weights.race', decimal(0.1), hasWeight('race')),
  defineField('combination.weights.gender', decimal(0.1), hasWeight('gender')),
  defineField('combination.weights.age', decimal(0.001), hasWeight('age')),
  defineField(
    'combination.temperature',
    decimal(0.5),
    (draft) => hasSeveralTasks(draft) && draft['combination.kind'] === 'dwa',
  ),
  defineChoice('age.loss', learnsYears),
  defineField('age.huberDelta', decimal(1), (draft) => learnsYears(draft) && draft['age.loss'] === 'huber'),
  defineChoice('classWeights', learnsClasses),
  defineField('labelSmoothing', decimal(0.05), learnsClasses),
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
