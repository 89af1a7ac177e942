import styles from './status-line.module.css'

/** The last thing that was done. */
export function StatusLine({ message }: { readonly message: string }) {
  return (
    <output className={styles['message']} aria-live="polite">
      {message}
    </output>
  )
}
