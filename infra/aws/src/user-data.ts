/** What an instance does when it boots: writes its settings and runs its script of infra/aws/host. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserData } from 'aws-cdk-lib/aws-ec2';

/** The repository. */
export const ROOT = join(import.meta.dirname, '../../..');
/** Where the repository's files are on an instance. */
const HOME = '/opt/verger';
const HOST = 'infra/aws/host';
const END = 'VERGER_END';

/** `/etc/verger/settings`: lines KEY=value, for root alone. Values may be tokens; none has a newline. */
export type Settings = Readonly<Record<string, string>>;

const asFile = (path: string, text: string) => `cat > ${path} <<'${END}'\n${text.trimEnd()}\n${END}`;

function begun(settings: Settings): UserData {
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
  const data = UserData.forLinux({ shebang: '#!/bin/bash' });
  data.addCommands(
    'set -euo pipefail',
    'umask 022',
    'install -d -m 0700 /etc/verger',
    asFile('/etc/verger/settings', lines.join('\n')),
    `install -d ${HOME}/${HOST}`,
  );
  return data;
}

/** User data of a worker, its scripts included: nothing is fetched before they run. */
export function workerUserData(settings: Settings): UserData {
  const data = begun(settings);
  for (const name of ['common.sh', 'drain-agent.sh', 'worker.sh']) {
    data.addCommands(asFile(`${HOME}/${HOST}/${name}`, readFileSync(join(ROOT, HOST, name), 'utf8')));
  }
  data.addCommands(`exec bash ${HOME}/${HOST}/worker.sh`);
  return data;
}

/** User data of the control box. `archive` is the zip with the compose files and scripts, at `s3://…`. */
export function controlUserData(settings: Settings, archive: string): UserData {
  const data = begun(settings);
  data.addCommands(
    // Nothing could report it yet, and it runs once: the role may take a moment.
    'for pause in 2 5 10 30 60 0; do',
    `  aws s3 cp --only-show-errors --region ${settings['REGION']} ${archive} /tmp/verger.zip && break`,
    '  if [ "$pause" = 0 ]; then',
    '    echo "verger: the files of the control box cannot be read" > /dev/console',
    '    exit 1',
    '  fi',
    '  sleep "$pause"',
    'done',
    `python3 -m zipfile -e /tmp/verger.zip ${HOME}`,
    'rm /tmp/verger.zip',
    `exec bash ${HOME}/${HOST}/control.sh`,
  );
  return data;
}
