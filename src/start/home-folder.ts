import { homedir } from 'node:os';
import { NO_HOME } from '../settings/no-home.ts';

/**
 * Libraries look for the home folder while they are loaded, and throw where the user has none: in a container whose user
 * stands nowhere. An empty or relative HOME would make them use the folder in which the program was started. So this
 * is done while it is imported, before them.
 */
function settleHomeFolder(): void {
  const { env, platform } = process;
  if (platform === 'win32' || env['HOME']?.startsWith('/') === true) return;
  delete env['HOME'];
  try {
    if (homedir().startsWith('/')) return;
  } catch {
    // The system knows no such user.
  }
  env['HOME'] = NO_HOME;
}

settleHomeFolder();
