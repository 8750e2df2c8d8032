/** All words of Japanese. */
export { default as shared } from '../../../src/pellucid/words/ja.json'
export { ja as messages } from './ja'
