interface TableRules {
  /** The one room that writes it. */
  readonly owner: string
  /** Rooms that read it in queries of their own, beside its owner. */
  readonly readers: readonly string[]
  /** Tables whose triggers write to it, so that it follows them whoever writes there. */
  readonly keptBy?: readonly string[]
  /** Rooms of lower wings that read it all the same, and why. */
  readonly readFromBelow?: Readonly<Record<string, string>>
}

const findings = 'images are filtered, ordered and shown by what was found of them'
const notes = 'images are searched by the notes of decisions'
const decided = `${notes}, and an import fills in no label that a person took away`
const described = 'a probe learns from the descriptors of faces that a scan stored'
const copies = 'a split keeps near copies together'
const people = 'a split keeps the images of an inferred person together'
const restored = 'a split tells how many images were brought back since it was made'

/** Every table of the catalogue: whose it is and who reads it. */
export const tableOwners: Readonly<Record<string, TableRules>> = {
  access_line: { owner: 'base/access-log', readers: [] },
  act: { owner: 'curation/decisions', readers: ['curation/readings', 'project/session'] },
  baseline: { owner: 'assessment/baselines', readers: [] },
  baseline_answer: { owner: 'assessment/baselines', readers: [] },
  check_run: { owner: 'curation/checks', readers: [], readFromBelow: { 'data/catalogue': findings } },
  check_score: {
    owner: 'curation/checks',
    keptBy: ['image', 'review'],
    readers: [
      'assessment/leakage',
      'curation/decisions',
      'curation/faces',
      'curation/identities',
      'curation/label-checks',
      'curation/map',
      'curation/pixels',
      'curation/readings',
    ],
    readFromBelow: { 'data/catalogue': findings, 'data/splits': copies },
  },
  check_setting: { owner: 'curation/checks', readers: [] },
  crossval: { owner: 'learning/crossval', readers: ['learning/training'] },
  crossval_fold: { owner: 'learning/crossval', readers: [] },
  crossval_member: {
    owner: 'learning/crossval',
    readers: ['assessment/evaluation', 'curation/vectors', 'learning/training'],
  },
  crossval_prediction: { owner: 'learning/crossval', readers: [] },
  dataset: {
    owner: 'data/catalogue',
    readers: [
      'assessment/audit',
      'assessment/baselines',
      'curation/checks',
      'curation/decisions',
      'curation/duplicates',
      'curation/faces',
      'curation/identities',
      'curation/label-checks',
      'curation/pixels',
      'curation/readings',
      'curation/vectors',
      'data/snapshots',
      'data/splits',
      'learning/crossval',
      'learning/training',
      'project/session',
    ],
  },
  decision: {
    owner: 'curation/decisions',
    readers: ['curation/checks', 'curation/duplicates', 'curation/readings'],
    readFromBelow: { 'data/catalogue': decided, 'data/splits': restored },
  },
  decision_text: {
    owner: 'curation/decisions',
    keptBy: ['decision'],
    readers: [],
    readFromBelow: { 'data/catalogue': notes },
  },
  embedding: { owner: 'curation/vectors', readers: [], readFromBelow: { 'learning/training': described } },
  embedding_space: {
    owner: 'curation/vectors',
    readers: ['curation/map'],
    readFromBelow: { 'learning/training': described },
  },
  erased_decision: { owner: 'curation/decisions', keptBy: ['decision'], readers: [] },
  erased_image: { owner: 'data/erasures', readers: ['curation/decisions'] },
  erasing: { owner: 'data/erasures', readers: [] },
  erasure: { owner: 'data/erasures', readers: [] },
  erasure_effect: { owner: 'data/erasures', readers: [] },
  evaluation: { owner: 'assessment/evaluation', readers: ['project/session'] },
  identity: { owner: 'data/catalogue', readers: ['data/snapshots'] },
  identity_act: { owner: 'curation/identities', readers: [] },
  identity_act_image: { owner: 'curation/identities', readers: [] },
  identity_cluster: { owner: 'curation/identities', readers: [] },
  identity_proposal: { owner: 'curation/identities', readers: [] },
  identity_run: { owner: 'curation/identities', readers: [] },
  identity_text: { owner: 'data/catalogue', keptBy: ['identity'], readers: [] },
  image: {
    owner: 'data/catalogue',
    readers: [
      'assessment/audit',
      'assessment/baselines',
      'assessment/evaluation',
      'assessment/leakage',
      'curation/checks',
      'curation/decisions',
      'curation/duplicates',
      'curation/faces',
      'curation/identities',
      'curation/label-checks',
      'curation/map',
      'curation/pixels',
      'curation/readings',
      'curation/vectors',
      'data/snapshots',
      'data/splits',
      'learning/crossval',
      'learning/openings',
      'learning/training',
      'project/session',
    ],
  },
  image_faces: { owner: 'curation/faces', readers: ['assessment/audit'] },
  image_measure: {
    owner: 'curation/pixels',
    readers: [
      'assessment/audit',
      'assessment/leakage',
      'curation/checks',
      'curation/duplicates',
      'curation/label-checks',
    ],
  },
  image_person: {
    owner: 'curation/identities',
    readers: ['assessment/audit', 'assessment/baselines', 'assessment/evaluation', 'assessment/leakage'],
    readFromBelow: { 'data/splits': people },
  },
  image_portrait: { owner: 'assessment/audit', readers: [] },
  image_text: { owner: 'data/catalogue', keptBy: ['image'], readers: [] },
  import_issue: { owner: 'data/catalogue', readers: [] },
  import_relink: { owner: 'data/catalogue', readers: [] },
  import_undo: { owner: 'data/catalogue', readers: [] },
  import_undoing: { owner: 'data/catalogue', readers: [] },
  import_undoing_label: { owner: 'data/catalogue', readers: [] },
  imported_curve: { owner: 'learning/curves', readers: [] },
  imported_curves: { owner: 'learning/curves', readers: [] },
  job: { owner: 'base/jobs', readers: ['data/splits'] },
  label_event: {
    owner: 'data/catalogue',
    readers: ['curation/duplicates', 'curation/label-checks', 'curation/readings'],
  },
  leak_certificate: { owner: 'assessment/leakage', readers: [] },
  ledger_head: { owner: 'base/ledger', readers: [] },
  map_point: { owner: 'curation/map', readers: [] },
  model: {
    owner: 'learning/models',
    readers: [
      'assessment/evaluation',
      'curation/vectors',
      'learning/openings',
      'learning/training',
      'project/session',
    ],
  },
  model_export: { owner: 'learning/models', readers: ['project/session'] },
  number_given: {
    owner: 'base/db',
    keptBy: ['dataset', 'decision', 'identity', 'image', 'label_event'],
    readers: ['curation/decisions', 'data/catalogue'],
  },
  prediction: { owner: 'assessment/evaluation', readers: [] },
  project: { owner: 'project/session', readers: [] },
  reading: { owner: 'curation/readings', readers: [] },
  reading_answer: { owner: 'curation/readings', readers: [] },
  reading_item: { owner: 'curation/readings', readers: [] },
  reading_settlement: { owner: 'curation/readings', readers: [] },
  review: { owner: 'curation/decisions', readers: ['curation/readings'] },
  root: {
    owner: 'data/catalogue',
    readers: [
      'assessment/audit',
      'assessment/baselines',
      'curation/decisions',
      'curation/faces',
      'curation/pixels',
      'curation/vectors',
      'learning/training',
    ],
  },
  run: {
    owner: 'learning/training',
    readers: [
      'curation/vectors',
      'learning/crossval',
      'learning/models',
      'learning/openings',
      'project/session',
    ],
  },
  run_epoch: { owner: 'learning/training', readers: [] },
  run_step: { owner: 'learning/training', readers: [] },
  saved_query: { owner: 'data/catalogue', readers: [] },
  scan_report: { owner: 'curation/checks', readers: [] },
  scan_setting: { owner: 'curation/faces', readers: [] },
  snapshot: { owner: 'data/snapshots', readers: ['data/splits', 'project/session'] },
  snapshot_member: { owner: 'data/snapshots', readers: ['data/splits'] },
  split: {
    owner: 'data/splits',
    readers: [
      'assessment/evaluation',
      'assessment/leakage',
      'data/catalogue',
      'learning/openings',
      'learning/training',
      'project/session',
    ],
  },
  split_member: {
    owner: 'data/splits',
    readers: [
      'assessment/baselines',
      'assessment/evaluation',
      'assessment/leakage',
      'curation/vectors',
      'data/catalogue',
      'learning/crossval',
      'learning/openings',
      'learning/training',
    ],
  },
  stored_file: { owner: 'base/integrity', readers: [] },
  sweep: { owner: 'learning/training', readers: [] },
}
