export { systemClock } from './clock.ts';
export {
  CONFIG_FILE,
  disableTelemetry,
  isDebug,
  NATIVE_SETTINGS,
  readConfigFile,
  readEnvironment,
} from './config.ts';
export { letHeapGrow } from './heap.ts';
export { createLogger, type LoggerOptions, type LogLevel, type RuntimeLogger } from './logger.ts';
export { cpuLimit, type Machine, memoryLimitBytes, readMachine } from './machine.ts';
export { maskFields, maskSecrets } from './mask.ts';
export type { OptionEntry } from './option-entry.ts';
export { longFlag, OPTION_TABLE, type OptionName } from './option-table.ts';
export { type Check, checkPlatform } from './platform.ts';
export { proxiesOf } from './proxies.ts';
export { parseBytes } from './read-value.ts';
export { type ConfigInput, type ResolvedConfig, resolveConfig } from './resolve-config.ts';
export { readS3Options, resolveS3 } from './resolve-s3.ts';
export {
  exitLater,
  onShutdown,
  type ShutdownOptions,
  type ShutdownSignal,
  SIGNAL_EXIT,
  type SignalledProcess,
} from './shutdown.ts';
