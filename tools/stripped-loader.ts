/**
 * For `node --import`, itself stripped: sources run as the JavaScript that `stripSources` made of them, under
 * their own names.
 */
import { register } from 'node:module';

process.setSourceMapsEnabled(true);
register('./stripped-hooks.js', import.meta.url);
