/**
 * Whether the page is used with fingers, which what it says goes by: nothing can be pointed at without being touched.
 */
export const isTouch = matchMedia('(pointer: coarse)').matches
