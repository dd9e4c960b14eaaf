import { type DashboardOptions, dashboardOptionsSchema } from '@verger/core';
import { chooseOptions, type OptionInput } from './choose-options.ts';
import { DASHBOARD_OPTIONS } from './options-of-dashboard.ts';

/** Where the dashboard listens unless it is told otherwise. */
const DEFAULT_LISTEN = '127.0.0.1:3000';

/** Written options of the dashboard as checked ones. Pure. Errors: E_CONFIG, see `chooseOptions`. */
export function resolveDashboard(input: OptionInput): DashboardOptions {
  const chosen = chooseOptions(
    input,
    DASHBOARD_OPTIONS.map(({ name }) => name),
  );
  return dashboardOptionsSchema.parse({
    places: chosen.value('place') ?? [],
    listen: chosen.value('listen') ?? DEFAULT_LISTEN,
    basePath: chosen.value('basePath') ?? '',
    dashboardPassword: chosen.value('dashboardPassword') ?? null,
    allowActions: chosen.value('allowActions') ?? false,
    actionsRedis: chosen.value('actionsRedis') ?? null,
    actionsProfile: chosen.value('actionsProfile') ?? null,
  });
}
