import { IconAlertTriangle } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { SplitId } from '#shared/contract/base.contract.ts'
import type { CertificateStanding } from '#shared/contract/leakage.contract.ts'
import { adviseOn, describeBroken } from '#shared/derived/describe-certificate.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'
import styles from './overtaken-note.module.css'

/** How a split's newest certificate stands; null before it is known. */
export function useCertificate(splitId: SplitId | undefined): CertificateStanding | null {
  const api = useApi()
  const { data } = useQuery(api.leakage.standings.queryOptions({ enabled: splitId !== undefined }))
  return data?.find((one) => one.splitId === splitId) ?? null
}

export interface LeakNoteProps {
  readonly split: { readonly splitId: SplitId; readonly name: string }
}

/** Says that a split leaks, or that its certificate no longer holds; nothing where neither is known. */
export function LeakNote({ split }: LeakNoteProps) {
  const standing = useCertificate(split.splitId)
  if (standing?.state !== 'leaks' && standing?.state !== 'stale') return null
  return (
    <section className={styles['note']} aria-label={`Leaks of ${split.name}`}>
      <IconAlertTriangle size={16} aria-hidden className={styles['icon']} />
      <div className={styles['body']}>
        <p>
          {describeBroken(standing, split.name)} {adviseOn(standing)}
        </p>
        <Link to="/splits" search={{ split: split.splitId }}>
          Show the certificate of {split.name}
        </Link>
      </div>
    </section>
  )
}
