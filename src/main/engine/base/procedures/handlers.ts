import {
  isContractProcedure,
  type AnyContractProcedure,
  type ContractProcedure,
  type InferSchemaInput,
  type InferSchemaOutput,
} from '@orpc/contract'
import { contract, type Contract } from '#shared/contract/contract.ts'

type Noun = keyof Contract

/** `split.create`: how a procedure of the contract is named everywhere. */
type ProcedureName = { [N in Noun]: `${N}.${keyof Contract[N] & string}` }[Noun]

type NamedProcedure<Name> = Name extends `${infer N extends Noun}.${infer Verb}`
  ? Verb extends keyof Contract[N]
    ? Contract[N][Verb]
    : never
  : never

type Handler<Procedure> =
  Procedure extends ContractProcedure<infer Input, infer Output, infer _Errors, infer _Meta>
    ? (
        input: InferSchemaOutput<Input>,
        signal: AbortSignal,
      ) => InferSchemaInput<Output> | Promise<InferSchemaInput<Output>>
    : never

/** What answers each procedure: gets the input as its schema has read it, and a signal that ends with the caller. */
export type Handlers = { readonly [Name in ProcedureName]: Handler<NamedProcedure<Name>> }

/** Types what a feature answers: `answer({ 'split.list': () => splits.list() })`. */
export const answer = <Name extends ProcedureName>(handlers: Pick<Handlers, Name>): Pick<Handlers, Name> =>
  handlers

/** A handler of which only the name is known; what comes in has been read by the schema of that name. */
export type AnyHandler = { answer(input: unknown, signal: AbortSignal): unknown }['answer']
export type AnyHandlers = Readonly<Record<string, AnyHandler>>

/** What answers whether or not a project is open; everything else belongs to one. */
const nounsOfEngine = ['system', 'settings', 'project', 'bundle'] as const satisfies readonly Noun[]
type EngineProcedure = Extract<ProcedureName, `${(typeof nounsOfEngine)[number]}.${string}`>
export type EngineHandlers = Pick<Handlers, EngineProcedure>
export type ProjectHandlers = Omit<Handlers, EngineProcedure>

/** Every procedure of the contract by its noun and verb. */
export const procedures: readonly {
  readonly noun: string
  readonly verb: string
  readonly procedure: AnyContractProcedure
}[] = Object.entries(contract).flatMap(([noun, verbs]) =>
  Object.entries<unknown>(verbs).map(([verb, procedure]) => {
    if (!isContractProcedure(procedure)) throw new Error(`${noun}.${verb} is no procedure of the contract`)
    return { noun, verb, procedure }
  }),
)

const isOfEngine = ({ noun }: { readonly noun: string }): boolean => nounsOfEngine.some((one) => one === noun)

export const engineProcedures: readonly string[] = procedures
  .filter(isOfEngine)
  .map(({ noun, verb }) => `${noun}.${verb}`)
export const projectProcedures: readonly string[] = procedures
  .filter((one) => !isOfEngine(one))
  .map(({ noun, verb }) => `${noun}.${verb}`)
