// Runs inside a container and prints as JSON what it may do there. Given to `node -e`, hence CommonJS.
const { accessSync, constants, readdirSync, readFileSync } = require('node:fs');

const read = (path) => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
};
const status = Object.fromEntries(
  read('/proc/self/status')
    .split('\n')
    .map((line) => line.split(':').map((part) => part.trim())),
);
const mounts = read('/proc/self/mounts')
  .split('\n')
  .map((line) => line.split(' ')[1])
  .filter((path) => path !== undefined && !/^\/(proc|sys|dev)(\/|$)/.test(path));
const folders = [
  '/',
  ...readdirSync('/').map((name) => `/${name}`),
  '/opt/verger',
  '/var/cache/verger',
  '/usr/bin',
];
const isWritable = (path) => {
  try {
    accessSync(path, constants.W_OK);
    return !/^\/(proc|sys|dev)(\/|$)/.test(path);
  } catch {
    return false;
  }
};
const listening = ['tcp', 'tcp6'].flatMap((kind) =>
  read(`/proc/net/${kind}`)
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state]) => state === '0A')
    .map(([, local]) => local)
    // Docker's own resolver: 127.0.0.11
    .filter((local) => !local.startsWith('0B00007F'))
    .map((local) => Number.parseInt(local.split(':')[1], 16)),
);
const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
process.stdout.write(
  JSON.stringify({
    uid: process.getuid(),
    capabilities: [status.CapInh, status.CapPrm, status.CapEff, status.CapBnd, status.CapAmb],
    noNewPrivileges: status.NoNewPrivs,
    seccomp: status.Seccomp,
    writable: [...new Set([...mounts, ...folders])].filter(isWritable).sort(),
    listening: [...new Set(listening)].sort(),
    hasWayOut: read('/proc/net/route')
      .split('\n')
      .some((line) => line.split('\t')[1] === '00000000'),
    memory: process.constrainedMemory(),
    pids: (read('/sys/fs/cgroup/pids/pids.max') || read('/sys/fs/cgroup/pids.max')).trim(),
    processes: processes.length,
    shown: processes.map((pid) => read(`/proc/${pid}/environ`) + read(`/proc/${pid}/cmdline`)).join('\0'),
  }),
);
