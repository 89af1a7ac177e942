import { IconInfoCircle } from '@tabler/icons-react'
import styles from './note-list.module.css'

export interface NoteListProps {
  readonly label: string
  readonly notes: readonly string[]
}

/** What a reader should know before trusting the figures; nothing when there is nothing to say. */
export function NoteList({ label, notes }: NoteListProps) {
  if (notes.length === 0) return null
  return (
    <ul className={styles['notes']} aria-label={label}>
      {notes.map((note) => (
        <li key={note}>
          <IconInfoCircle size={14} aria-hidden />
          {note}
        </li>
      ))}
    </ul>
  )
}
