/**
 * The entry of the page that has its document to itself, as small as it can be: the words of the reader's language come while the browser
 * reads the rest of the page.
 */
import { untilItComes } from './source/arriving'
import './styles.css'
import { isLanguage, preferred, SPOKEN } from './words/spoken'

const asked = new URLSearchParams(location.search).get('lang')
// Who wants them says what becomes of it where they do not come.
SPOKEN[isLanguage(asked) ? asked : preferred()].words().catch(() => undefined)
void untilItComes(() => import('./begin'))
