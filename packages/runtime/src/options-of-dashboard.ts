import { dashboardOptionsSchema } from '@verger/core';
import { off, optionsOf } from './option-entry.ts';

const dashboard = dashboardOptionsSchema.shape;

/** Options of `verger dashboard` only. Never part of a run id. */
export const DASHBOARD_OPTIONS = optionsOf('operational', [
  {
    name: 'place',
    flag: '--place <place>',
    env: 'VERGER_PLACES',
    description: 'folder or s3:// prefix whose runs are shown',
    defaultText: 'none',
    kind: 'list',
    expects: 'folders or s3:// prefixes',
    schema: dashboard.places,
  },
  {
    name: 'listen',
    flag: '--listen <address>',
    description: 'address of the dashboard; other than loopback only with a password',
    defaultText: '127.0.0.1:3000',
    expects: 'an address and a port, such as 127.0.0.1:3000 or 0.0.0.0:3000',
    schema: dashboard.listen,
  },
  {
    name: 'basePath',
    flag: '--base-path <path>',
    description: 'what all paths start with, for a proxy that serves the dashboard below a path',
    defaultText: 'none',
    expects: 'a path, such as /verger',
    schema: dashboard.basePath,
  },
  {
    name: 'dashboardPassword',
    flag: '--dashboard-password <text>',
    description: 'password of the dashboard; VERGER_DASHBOARD_PASSWORD_FILE names a file with it',
    defaultText: 'none: no login, on loopback addresses only',
    expects: 'a text of at least 8 characters',
    secret: true,
    schema: dashboard.dashboardPassword,
  },
  {
    ...off,
    name: 'allowActions',
    flag: '--allow-actions',
    description: 'allow users of the dashboard to cancel and resume runs',
    schema: dashboard.allowActions,
  },
  {
    name: 'actionsRedis',
    flag: '--actions-redis <url>',
    env: 'VERGER_ACTIONS_REDIS_URL',
    description: 'with --allow-actions: Redis URL of a user that may submit runs',
    defaultText: 'none: runs can be cancelled, not resumed',
    expects: 'a URL that starts with redis:// or rediss://, with user and password percent-encoded',
    secret: true,
    schema: dashboard.actionsRedis,
  },
  {
    name: 'actionsProfile',
    flag: '--actions-profile <name>',
    description: 'with --allow-actions: AWS profile with the rights to cancel and resume',
    defaultText: 'the credentials that read',
    expects: 'the name of a profile in the AWS files',
    schema: dashboard.actionsProfile,
  },
]);
