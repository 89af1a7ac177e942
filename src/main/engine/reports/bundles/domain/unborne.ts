/** What a report tells and no record in a bundle bears out: said by the bundle's description and by both programs that verify one. */
export const unborne = [
  'names of model and split',
  'architecture, input size, read-out and date of the model, and what computed its answers',
  'what the model learned from',
  'whether the pictures are drawings',
  'which images show one person or are copies, and the images of the other parts',
  'labels in years, and labels that the model does not know',
  'answers of other systems',
  'openings on other machines',
  'the notes and the words on method',
] as const

/** Of what was not opened on record, since no line of the ledger tells of it. */
export const unborneUnopened = [
  'the numbers of evaluation, model and split, and when the evaluation was made',
  'the hashes of weights and split',
] as const
