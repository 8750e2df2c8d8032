/** All words of English. */
export { default as shared } from '../../../src/pellucid/words/en.json'
export { en as messages } from './en'
