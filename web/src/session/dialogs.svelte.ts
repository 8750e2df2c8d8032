/** Which dialog is open over the page: asked for by buttons, by keys, and by what was found in a search. */
export const dialogs = $state<{ open: 'keys' | 'search' | null }>({ open: null })
