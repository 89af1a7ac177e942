/** Whether somebody gave an address of the web where a picture was wanted. */
export const isWebAddress = (text: string): boolean => /^\s*(?:https?|ftp|blob|data):/i.test(text)

/** Why an address is not opened, and what to do. */
export const addressRefusal =
  'Evenhand opens no address: nothing is fetched from the network, and nothing of yours is told to it. Save the picture and give its file.'
