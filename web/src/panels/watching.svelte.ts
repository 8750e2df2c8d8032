/** Which model's training the reader has asked to see, until it is seen: the panel that shows it comes later. */
export const watching = $state<{ model: string | null }>({ model: null })
