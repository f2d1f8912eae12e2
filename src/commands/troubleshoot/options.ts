import type { Context } from '../../context.ts';

export interface TroubleshootOptions {
  /** Codes, pasted text, a file, or `-` for standard input. */
  readonly text: readonly string[];
  readonly product?: string | undefined;
  readonly scenario?: string | undefined;
  readonly answers?: string | undefined;
  readonly answer?: readonly string[] | undefined;
  readonly list?: true | undefined;
  /** True: the latest walkthrough. */
  readonly resume?: string | true | undefined;
  readonly transcript?: string | undefined;
  /** True: all of them. */
  readonly checks?: readonly string[] | true | undefined;
  readonly online?: true | undefined;
  readonly includePersonal?: true | undefined;
}

/** A command to go on with, for the profile that was asked for on this one. */
export function toPaste(rest: string, { global }: Context): string {
  return `mpn-benefits troubleshoot ${rest}${global.profile === undefined ? '' : ` -p ${global.profile}`}`;
}
