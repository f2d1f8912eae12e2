import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import { Secret } from '../../keys/secret.ts';
import { hidden, type Validate } from '../../terminal/prompts.ts';
import { bytesOf, standardInput } from './standard-input.ts';

export interface SecretWish {
  /** What is asked for, beginning with a capital letter. */
  readonly message: string;
  /** True if it is fine, else what is wrong with it. */
  readonly validate?: Validate;
  /** A new secret that nobody can look up: asked for once more. */
  readonly twice?: true;
}

const LONGEST = 4096;

/** A secret from a hidden prompt, or all of standard input but its last line end. Throws USAGE, CANCELLED. */
export async function typedSecret(wish: SecretWish, context: Context): Promise<Secret> {
  const { terminal, surroundings } = context;
  if (!surroundings.stdin.isTTY) return readSecret(wish, context);
  const { message, validate } = wish;
  const question = { message, flag: `the ${lower(message)} on standard input` };
  const typed = await hidden(terminal, validate === undefined ? question : { ...question, validate });
  if (wish.twice !== true) return typed;
  const again = await hidden(terminal, { ...question, message: `${message}, once more` });
  if (again.reveal() === typed.reveal()) return typed;
  throw new AppError('USAGE', 'What was typed the second time is something else.', { hint: 'Try again.' });
}

async function readSecret({ message, validate, twice }: SecretWish, context: Context): Promise<Secret> {
  const bytes = await bytesOf(standardInput(context), LONGEST);
  if (bytes.length > LONGEST) {
    throw new AppError('USAGE', `The ${lower(message)} on standard input is too long.`, {
      hint: onlyThat(message),
    });
  }
  const secret = new Secret(bytes.toString('utf8').replace(/\r?\n$/, ''));
  if (secret.reveal() === '') {
    throw new AppError('USAGE', `No ${lower(message)} came on standard input.`, {
      hint: 'Type it on a terminal, or have it come through a pipe.',
    });
  }
  if (twice === true && /[\r\n]/.test(secret.reveal())) {
    throw new AppError(
      'USAGE',
      `The ${lower(message)} has several lines, which nobody could type at a prompt.`,
      {
        hint: onlyThat(message),
      },
    );
  }
  const verdict = validate === undefined ? true : validate(secret.reveal());
  if (verdict !== true) {
    throw new AppError('USAGE', verdict, { hint: onlyThat(message) });
  }
  // Only now: a short one that was refused would be hidden in innocent words of the refusal, and so be told.
  context.terminal.registerSecret(secret);
  return secret;
}

function onlyThat(message: string): string {
  return `Give the ${lower(message)} on standard input, whole, and nothing else.`;
}

function lower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
