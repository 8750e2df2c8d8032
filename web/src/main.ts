// The page's entry: puts the application into the document.
import { mount } from 'svelte';
import App from './App.svelte';

const target = document.getElementById('page');
if (target === null) throw new Error('the document has no element with the id "page"');
mount(App, { target });
