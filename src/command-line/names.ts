/** The commands of the program, in the order of its help. */
export const COMMAND_NAMES = [
  'import',
  'list',
  'show',
  'key',
  'run',
  'activate',
  'hardware',
  'activations',
  'machines',
  'usage',
  'product',
  'offer',
  'troubleshoot',
  'doctor',
  'profile',
  'vault',
  'config',
  'cache',
  'auth',
  'serve',
] as const;
export type CommandName = (typeof COMMAND_NAMES)[number];
