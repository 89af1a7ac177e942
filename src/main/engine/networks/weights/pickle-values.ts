/** What a restricted unpickler can make: Python's plain values and what its owner's functions return. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleSequence
  | PickleDict
  | PickleGlobal
  | PickleObject
  | PickleStandIn

/** A list or a tuple. */
export class PickleSequence {
  readonly items: PickleValue[]

  constructor(items: PickleValue[]) {
    this.items = items
  }
}

export class PickleDict {
  readonly entries = new Map<PickleValue, PickleValue>()
}

/** A name on the list of those allowed; it stands for itself and is never looked up anywhere. */
export class PickleGlobal {
  /** `module.name` */
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

/** Made by one of the owner's functions, such as a tensor. */
export class PickleObject {
  readonly content: object

  constructor(content: object) {
    this.content = content
  }
}

/** In the place of an object that is no tensor and no container: its class by name, and nothing of what it held. */
export class PickleStandIn {
  /** `module.name` of the class or function that would have made it */
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}
