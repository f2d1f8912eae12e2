import { type Environment, windowsVariable } from '../../environment.ts';
import { findCommand } from '../child/find-command.ts';

/** A program to start; what it copies comes on its standard input, never as an argument. */
export interface Call {
  readonly command: string;
  readonly args: readonly string[];
}

/** A clipboard, as three programs. */
export interface ClipboardTool {
  readonly name: string;
  readonly copy: Call;
  readonly paste: Call;
  /** Started with nothing on standard input. */
  readonly clear: Call;
}

interface KnownTool {
  readonly name: string;
  /** The variable without which it has no clipboard to talk to. */
  readonly needs: 'DISPLAY' | 'WAYLAND_DISPLAY' | 'WSL_DISTRO_NAME' | null;
  readonly copy: readonly [command: string, ...args: string[]];
  readonly paste: readonly [command: string, ...args: string[]];
  readonly clear: readonly [command: string, ...args: string[]];
}

const POWERSHELL = ['-NoLogo', '-NoProfile', '-NonInteractive', '-Command'] as const;
const POWERSHELL_COPY =
  '[Console]::InputEncoding = [Text.Encoding]::UTF8; Set-Clipboard -Value ([Console]::In.ReadToEnd())';
const POWERSHELL_PASTE =
  '[Console]::OutputEncoding = [Text.Encoding]::UTF8; [Console]::Out.Write((Get-Clipboard -Raw))';
/** Set-Clipboard takes no empty text. */
const POWERSHELL_CLEAR =
  'Add-Type -AssemblyName System.Windows.Forms; [System.Windows.Forms.Clipboard]::Clear()';

function powershell(command: string, needs: KnownTool['needs']): KnownTool {
  return {
    name: 'PowerShell',
    needs,
    copy: [command, ...POWERSHELL, POWERSHELL_COPY],
    paste: [command, ...POWERSHELL, POWERSHELL_PASTE],
    clear: [command, ...POWERSHELL, POWERSHELL_CLEAR],
  };
}

const MACOS: readonly KnownTool[] = [
  { name: 'pbcopy', needs: null, copy: ['pbcopy'], paste: ['pbpaste'], clear: ['pbcopy'] },
];

const OTHERS: readonly KnownTool[] = [
  powershell('powershell.exe', 'WSL_DISTRO_NAME'),
  {
    name: 'wl-copy',
    needs: 'WAYLAND_DISPLAY',
    copy: ['wl-copy'],
    paste: ['wl-paste', '--no-newline'],
    clear: ['wl-copy', '--clear'],
  },
  {
    name: 'xsel',
    needs: 'DISPLAY',
    copy: ['xsel', '--clipboard', '--input'],
    paste: ['xsel', '--clipboard', '--output'],
    clear: ['xsel', '--clipboard', '--clear'],
  },
  {
    name: 'xclip',
    needs: 'DISPLAY',
    copy: ['xclip', '-selection', 'clipboard', '-in'],
    paste: ['xclip', '-selection', 'clipboard', '-out'],
    clear: ['xclip', '-selection', 'clipboard', '-in'],
  },
];

function knownTools(platform: NodeJS.Platform, env: Environment): readonly KnownTool[] {
  if (platform === 'darwin') return MACOS;
  if (platform !== 'win32') return OTHERS;
  // At its own place: a PATH can lead elsewhere.
  const root = windowsVariable(env, 'SystemRoot') ?? 'C:\\Windows';
  return [powershell(`${root}\\System32\\WindowsPowerShell\\v1.0\\powershell.exe`, null)];
}

/** What `findTool` found: a tool, or whether a screen or only a program is missing. */
export type ToolSearch = ClipboardTool | 'no screen' | 'no program';

/** The clipboard of this desktop: the first known tool that has its screen and its programs. */
export function findTool(
  platform: NodeJS.Platform,
  env: Environment,
  find: typeof findCommand = findCommand,
): ToolSearch {
  const reachable = knownTools(platform, env).filter(({ needs }) => needs === null || Boolean(env[needs]));
  if (reachable.length === 0) return 'no screen';
  for (const tool of reachable) {
    const resolve = ([command, ...args]: readonly [string, ...string[]]): Call | undefined => {
      const search = find(command, { env, platform });
      return search.found ? { command: search.path, args } : undefined;
    };
    const [copy, paste, clear] = [resolve(tool.copy), resolve(tool.paste), resolve(tool.clear)];
    if (copy && paste && clear) return { name: tool.name, copy, paste, clear };
  }
  return 'no program';
}
