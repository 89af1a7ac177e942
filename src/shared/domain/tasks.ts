/** The three attributes a model predicts, in the order that every table, head list and file uses. */
export const tasks = ['age', 'gender', 'race'] as const

export type Task = (typeof tasks)[number]
