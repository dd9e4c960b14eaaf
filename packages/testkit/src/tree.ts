/** Another built tree of this repository, at any commit. */
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The path of a built tree's program, whatever its app folder is called. Throws when it is not built. */
export function programOf(tree: string): string {
  const apps = resolve(tree, 'apps');
  const built = readdirSync(apps).filter(
    (app) => existsSync(join(apps, app, 'bin/verger.js')) && existsSync(join(apps, app, 'dist')),
  );
  const [app, ...more] = built;
  if (app === undefined || more.length > 0) {
    throw new Error(`${apps} must have one built app with bin/verger.js, but has ${built.length}`);
  }
  return join(apps, app, 'bin/verger.js');
}
