/** Whether the list of keys is open: asked for by a button of the toolbar and by the ? key. */
export const keyHelp = $state({ open: false })
