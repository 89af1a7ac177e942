import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useApi, useEngineLine } from '#renderer/engine/engine-context.tsx'
import type {
  IdentityActId,
  IdentityActRequest,
  IdentityActResult,
} from '#shared/contract/identity.contract.ts'
import { describeIdentityAct, nameImages } from '#shared/domain/describe-identities.ts'

export interface IdentityActs {
  readonly say: (request: IdentityActRequest) => void
  /** Takes the newest act of this person back that holds, also one of yesterday. */
  readonly undo: () => void
  /** Null where nothing was taken back on this screen. */
  readonly redo: (() => void) | null
  /** An act is being written: what is shown may be about to change. */
  readonly isBusy: boolean
  /** The last thing that was done, for the status line. */
  readonly message: string
  readonly error: unknown
}

type Call = { readonly say: IdentityActRequest } | { readonly undo: true } | { readonly redo: IdentityActId }

/** What a person says of who is the same person, one act after the other. */
export function useIdentityActs(onDone?: () => void): IdentityActs {
  const { client } = useEngineLine()
  const api = useApi()
  const queryClient = useQueryClient()
  const [takenBack, setTakenBack] = useState<readonly IdentityActId[]>([])
  const call = useMutation({
    mutationFn: (asked: Call): Promise<IdentityActResult> => {
      if ('say' in asked) return client.identity.act(asked.say)
      return client.identity.undo('redo' in asked ? { actId: asked.redo } : {})
    },
    onSuccess: ({ act }, asked) => {
      if ('say' in asked) setTakenBack([])
      else if ('redo' in asked) setTakenBack(takenBack.slice(0, -1))
      else setTakenBack([...takenBack, act.actId])
      onDone?.()
    },
    // What is shown next stands on what the engine says now.
    onSettled: () => queryClient.invalidateQueries({ queryKey: api.identity.key() }),
  })
  const last = takenBack.at(-1)
  return {
    say: (say) => call.mutate({ say }),
    undo: () => call.mutate({ undo: true }),
    redo: last === undefined ? null : () => call.mutate({ redo: last }),
    isBusy: call.isPending,
    message: call.data === undefined ? '' : tellDone(call.data, call.variables),
    error: call.error,
  }
}

function tellDone({ act }: IdentityActResult, asked: Call | undefined): string {
  if (asked !== undefined && 'redo' in asked) return `Done again, ${nameImages(act.images)}`
  return describeIdentityAct(act)
}
