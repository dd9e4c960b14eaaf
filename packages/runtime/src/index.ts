export { systemClock } from './clock.ts';
export {
  disableTelemetry,
  isDebug,
  NATIVE_SETTINGS,
  nameSources,
  readConfigFile,
  readEnvironment,
} from './config.ts';
export { createLogger, type RuntimeLogger } from './logger.ts';
export { cpuLimit, memoryLimitBytes, physicalCores } from './machine.ts';
export { maskFields, maskSecrets } from './mask.ts';
export type { OptionEntry } from './option-entry.ts';
export { OPTION_TABLE, type OptionName } from './option-table.ts';
export { AUTOSCALER_OPTIONS } from './options-of-autoscaler.ts';
export { DASHBOARD_OPTIONS } from './options-of-dashboard.ts';
export { type Check, checkPlatform } from './platform.ts';
export { proxiesOf } from './proxies.ts';
export { resolveAutoscaler } from './resolve-autoscaler.ts';
export { type ConfigInput, type ResolvedConfig, resolveConfig } from './resolve-config.ts';
export { resolveDashboard } from './resolve-dashboard.ts';
export { readS3Options } from './resolve-s3.ts';
export { readSecretFiles } from './secret-files.ts';
export {
  exitLater,
  onShutdown,
  type SignalledProcess,
} from './shutdown.ts';
export { HEAP_GROWTH, setV8Flags } from './v8-flags.ts';
