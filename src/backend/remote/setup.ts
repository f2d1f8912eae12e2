import type { Credential } from '../../client/client.ts';
import { AppError } from '../../errors.ts';

/** Where a backend says what is no part of an answer. */
export interface Tell {
  readonly note: (text: string) => void;
  readonly verbose: (text: string) => void;
  readonly warn: (text: string) => void;
  readonly debug: (text: string) => void;
}

export interface RemoteSetup {
  /** The service's origin. */
  readonly origin: string;
  /** A file of certificates to trust in place of the public ones. */
  readonly caFile: string | undefined;
  /** Null: nothing is kept. */
  readonly cacheFile: string | null;
  /** Answer from the cache only. */
  readonly offline: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => Date;
  readonly credential: () => Promise<Credential>;
  readonly tell: Tell;
}

/** Activations of each product that are kept, to be shown with it. */
export const RECENT = 10;

/** What is kept, by name: all rows of `list`, and of each product what `show` says and its newest activations. */
export const ROWS = 'entitlements';
export const viewName = (productId: string): string => `product:${productId}`;
export const recentName = (productId: string): string => `recent:${productId}`;

/** Does something that changes the profile, and lets nothing in the cache pass for fresh afterwards. */
export type Changing = <T>(work: () => Promise<T>) => Promise<T>;

/** What has to be asked of the service cannot be had offline. */
export function offlineError(origin: string, keeps: boolean): AppError {
  if (!keeps) {
    return new AppError('UNAVAILABLE', `Nothing of ${origin} is kept, and --offline was given.`, {
      hint: 'Only the environment names this service, and then nothing is kept. Leave --offline away, or add a profile: mpn-benefits profile add <name> --url https://…',
      details: { service: origin },
    });
  }
  return new AppError('UNAVAILABLE', `This has to be asked of ${origin}, and --offline was given.`, {
    hint: 'Offline, list and show answer from what was fetched before; keys are never kept. Leave --offline away.',
    details: { service: origin },
  });
}
