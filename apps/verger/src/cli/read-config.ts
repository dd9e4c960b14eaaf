import { type ConfigInput, type ResolvedConfig, readConfigFile, resolveConfig } from '@verger/runtime';
import type { CommandInput } from './command.ts';

/**
 * The options of a command, resolved: a command calls this once. Warnings are printed. `flags` are set by the command itself.
 * Errors: E_CONFIG.
 */
export async function readConfig(
  input: CommandInput,
  { flags, ...more }: Partial<Pick<ConfigInput, 'flags' | 'required' | 'opened'>> = {},
): Promise<ResolvedConfig> {
  const file = await readConfigFile(input.cwd);
  const config = resolveConfig({ ...more, flags: { ...input.flags, ...flags }, env: input.env, file });
  for (const warning of config.warnings) input.out.note(`warning: ${warning}`);
  return config;
}
