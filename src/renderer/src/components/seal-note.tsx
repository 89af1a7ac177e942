import { IconLock, IconLockOpen } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useApi } from '#renderer/engine/engine-context.tsx'
import type { TestPart } from '#shared/contract/ledger.contract.ts'
import { describeSealState } from '#shared/derived/describe-openings.ts'
import styles from './seal-note.module.css'

/** The test part of a split; null while it is not known, and for one without images. */
export function useTestPart(splitId: number | undefined): TestPart | null {
  const api = useApi()
  const ledger = useQuery(api.ledger.show.queryOptions())
  return ledger.data?.testParts.find((one) => one.splitId === splitId) ?? null
}

/** A padlock and "test sealed", or "test opened twice". */
export function SealNote({ splitId }: { readonly splitId: number }) {
  const part = useTestPart(splitId)
  if (part === null) return null
  const isOpened = part.openings.length + part.elsewhere > 0
  return (
    <span className={styles['seal']} data-opened={isOpened || undefined}>
      {isOpened ? <IconLockOpen size={12} aria-hidden /> : <IconLock size={12} aria-hidden />} test{' '}
      {describeSealState(part)}
    </span>
  )
}
