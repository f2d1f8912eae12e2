import { spawn } from 'node:child_process';
import type { Environment } from '../environment.ts';
import { childEnvironment } from '../provisioning/child/environment.ts';

/** The program that opens an address as the user would, on each platform. */
function opener(platform: NodeJS.Platform, address: string): readonly [string, ...string[]] {
  if (platform === 'darwin') return ['open', address];
  // Not "start": that is a command of a shell, which would read the address once more.
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler', address];
  return ['xdg-open', address];
}

/** Opens an address in the user's browser. False if that cannot be, as on a machine without a screen. */
export function openBrowser(address: string, env: Environment, platform: NodeJS.Platform): Promise<boolean> {
  const [command, ...args] = opener(platform, address);
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      env: childEnvironment(env, platform),
      stdio: 'ignore',
      detached: true,
    });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
    // A browser that stays in the foreground has been opened.
    setTimeout(() => resolve(true), 3_000).unref();
    child.unref();
  });
}
