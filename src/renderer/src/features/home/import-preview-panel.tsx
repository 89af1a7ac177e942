import type { ImportPreview } from '#shared/contract/dataset.contract.ts'
import { describeOtherFiles } from '#shared/derived/describe-other-files.ts'
import { formatCount, formatEstimate } from '#shared/domain/format.ts'
import { formatCategory, pluralise } from '#renderer/components/format.ts'
import styles from './import-preview.module.css'

const problemsShown = 20

/** What an import would read: some of the pictures with their labels, and what would be left out. */
export function ImportPreviewPanel({ preview }: { readonly preview: ImportPreview }) {
  const { images, samples, unreadable, problems, tables } = preview
  const others = describeOtherFiles(preview.otherFiles)
  return (
    <section aria-label="What would be imported" className={styles['preview']}>
      <p>
        {pluralise(images, 'image')}
        {others === null ? '' : `. Left out: ${others}`}. Not readable: {formatEstimate(unreadable)}.
      </p>
      {preview.format !== 'csv' &&
        tables.map(({ file, read }) => (
          <p key={file}>
            {file}:{' '}
            {Object.entries(read)
              .map(([field, column]) => `${field} from ${column}`)
              .join(', ')}
          </p>
        ))}
      {problems.length > 0 && (
        <details>
          <summary>{pluralise(problems.length, 'file')} that cannot be read, of those looked at</summary>
          <ul>
            {problems.slice(0, problemsShown).map(({ file, reason }) => (
              <li key={file}>
                <span className="path">{file}</span>: {reason}
              </li>
            ))}
            {problems.length > problemsShown && (
              <li>and {formatCount(problems.length - problemsShown)} more</li>
            )}
          </ul>
        </details>
      )}
      <ul className={styles['samples']} aria-label="Some of the pictures, with their labels">
        {samples.map((sample) => (
          <li key={sample.file}>
            {sample.picture === null ? (
              <span className={styles['unreadable']}>not readable</span>
            ) : (
              <img src={sample.picture} alt="" />
            )}
            <span className={styles['labels']}>{describeLabels(sample)}</span>
            <span className={styles['file']} title={sample.file}>
              {sample.file}
            </span>
            {sample.notes.map((note) => (
              <span key={note} className={styles['note']}>
                {note}
              </span>
            ))}
          </li>
        ))}
      </ul>
    </section>
  )
}

function describeLabels(sample: ImportPreview['samples'][number]): string {
  const { ageYears, ageBin, gender, race, identity } = sample
  const labels = [race, gender, ageYears ?? ageBin, identity].filter((label) => label !== null)
  return labels.length === 0 ? 'no label' : labels.map((label) => formatCategory(String(label))).join(' · ')
}
