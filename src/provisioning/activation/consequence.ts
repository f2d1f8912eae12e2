import type { Outcome } from '../../activation/events.ts';
import { AppError } from '../../errors.ts';
import type { ActivationOutcome } from './outcome.ts';

/** What follows from an outcome: for the ledger, and for the command that ends with it. */
export interface Consequence {
  /** How the activation is settled; null leaves it pending. */
  readonly settlement: {
    readonly outcome: Outcome;
    readonly code: string | null;
    readonly reason: string | null;
  } | null;
  /** What the command fails with; undefined if it ends with 0. */
  readonly error: AppError | undefined;
  /** To be told where the command does not fail, and something is left to do. */
  readonly note: string | undefined;
}

/**
 * A failure and missing rights settle as failed, which takes their count back; only what nobody can know stays
 * pending, and so does what goes on after a restart.
 */
export function consequenceOf(
  outcome: ActivationOutcome,
  activationId: string,
  productId: string,
): Consequence {
  switch (outcome.kind) {
    case 'succeeded':
      return {
        settlement: { outcome: 'succeeded', code: null, reason: outcome.activated ? null : outcome.message },
        error: undefined,
        note: undefined,
      };
    case 'failed':
      return failed(outcome.code, outcome.message, activationId, productId);
    case 'not-elevated': {
      const hint = 'Start the terminal with "Run as administrator" and try again, or use --via script.';
      const error = new AppError('NOT_ELEVATED', outcome.message, { hint, details: { activationId } });
      return {
        settlement: { outcome: 'failed', code: null, reason: outcome.message },
        error,
        note: undefined,
      };
    }
    case 'restart-needed':
      return {
        settlement: null,
        error: undefined,
        note: `${outcome.message} The activation stays pending: run the same command again after the restart.`,
      };
    case 'unknown': {
      const message = `Nobody can say whether the activation worked: ${outcome.why}.`;
      const hint = `It stays pending and counted. Look at the machine, then: mpn-benefits activations settle ${activationId} --succeeded | --failed <code>`;
      const error = new AppError('ACTIVATION_UNKNOWN', message, { hint, details: { activationId } });
      return { settlement: null, error, note: undefined };
    }
  }
}

function failed(code: string | null, message: string, activationId: string, productId: string): Consequence {
  const hint = `Nothing is counted for it. Find out why: mpn-benefits troubleshoot ${code === null ? '' : `${code} `}--product ${productId}`;
  const error = new AppError('ACTIVATION_FAILED', message, {
    hint,
    details: { activationId, activationCode: code, productId },
  });
  return {
    settlement: { outcome: 'failed', code, reason: code === null ? message : null },
    error,
    note: undefined,
  };
}
