import type { Command } from '@commander-js/extra-typings';
import type { Context, GlobalOptions } from '../context.ts';
import type { Result } from '../terminal/result.ts';
import type { CommandName } from './names.ts';

/** What a command line asks for: a text to print, or a command that is loaded only when it runs. */
export type Invocation =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'command';
      readonly global: GlobalOptions;
      readonly run: (context: Context) => Promise<Result>;
      /** `if readable`: the command runs with defaults in place of settings that cannot be read. */
      readonly settingsFile: SettingsFile;
    };

export type SettingsFile = 'needed' | 'if readable';

/** What a group of commands is defined with. */
export interface Define {
  /** The whole command line. */
  readonly argv: readonly string[];
  /**
   * A command whose arguments, options and subcommands are made when it is meant, or when the help lists all of them:
   * making the whole tree takes as long as a listing.
   */
  readonly lazily: (name: CommandName, description: string, define: (command: Command) => void) => void;
  /** Says what the command line means; nothing has been opened, and the command is not loaded yet. */
  readonly accept: (run: (context: Context) => Promise<Result>, settingsFile?: SettingsFile) => void;
}
