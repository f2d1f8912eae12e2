/**
 * Questions. They go to stderr, so that stdout stays data; they are asked only where somebody can answer; Escape,
 * Ctrl-C and Ctrl-D leave them, and the terminal is then as it was. Texts may come from files and are sanitised.
 */
import { AppError } from '../errors.ts';
import { Secret } from '../keys/secret.ts';
import type { Palette } from './palette.ts';
import { sanitiseLine } from './sanitise.ts';
import type { Terminal } from './terminal.ts';

/** More would push the question itself off a small screen. */
const MOST_SHOWN = 14;

export interface Question {
  /** A short question or label, without a colon. */
  readonly message: string;
  /** What to pass where nobody can be asked, for example `--yes` or `--machine <name>`. */
  readonly flag: string;
}

export interface Choice<Value> {
  readonly name: string;
  readonly value: Value;
  /** Shown under the list while this choice is the current one. */
  readonly description?: string;
}

export interface SelectQuestion<Value> extends Question {
  readonly choices: readonly Choice<Value>[];
}

/** True if the answer is fine, else what is wrong with it. */
export type Validate = (text: string) => true | string;

export interface HiddenQuestion extends Question {
  readonly validate?: Validate;
}

/**
 * Yes or no, and no is what Enter alone means; `--yes` has answered already.
 * @throws AppError CONFIRMATION_REQUIRED if nobody can be asked; CANCELLED.
 */
export async function confirm(terminal: Terminal, question: Question): Promise<boolean> {
  if (terminal.yes) return true;
  return ask(terminal, question, async (setting) => {
    const { confirm: prompt } = await import('@inquirer/prompts');
    return prompt({ ...setting.base, default: false }, setting.context);
  });
}

/** One of several. Throws like confirm. */
export async function select<Value>(terminal: Terminal, question: SelectQuestion<Value>): Promise<Value> {
  return ask(terminal, question, async (setting) => {
    const { select: prompt } = await import('@inquirer/prompts');
    const { paint } = setting;
    const choices = question.choices.map(({ name, value, description }) => ({
      value,
      name: clean(terminal, name),
      ...(description === undefined ? {} : { description: clean(terminal, description) }),
    }));
    return prompt(
      {
        ...setting.base,
        choices,
        loop: false,
        // A choice below the edge is one that nobody sees.
        pageSize: Math.max(10, Math.min(choices.length, MOST_SHOWN)),
        theme: {
          ...setting.base.theme,
          icon: { cursor: setting.unicode ? '❯' : '>' },
          style: {
            ...setting.base.theme.style,
            description: paint('faint'),
            keysHelpTip: () => paint('faint')('Arrow keys, Enter; Escape leaves'),
          },
        },
      },
      setting.context,
    );
  });
}

/** A secret: what is typed is never shown, not even how long it is. Throws like confirm. */
export async function hidden(terminal: Terminal, question: HiddenQuestion): Promise<Secret> {
  const value = await ask(terminal, question, async (setting) => {
    const { password: prompt } = await import('@inquirer/prompts');
    const theme = {
      ...setting.base.theme,
      style: { ...setting.base.theme.style, maskedText: '[not shown]' },
    };
    return prompt(
      {
        ...setting.base,
        theme,
        mask: false,
        // Else a key would show it.
        toggleMask: false,
        ...(question.validate === undefined ? {} : { validate: question.validate }),
      },
      setting.context,
    );
  });
  const secret = new Secret(value);
  terminal.registerSecret(secret);
  return secret;
}

/** What the library draws goes past the writer of messages: the same rules, applied here. */
function clean(terminal: Terminal, content: string): string {
  return terminal.redact(sanitiseLine(content));
}

type Brush = (style: keyof Palette) => (text: string) => string;

interface Setting {
  readonly base: { readonly message: string; readonly theme: ReturnType<typeof themeOf> };
  readonly context: { input: NodeJS.ReadableStream; output: NodeJS.WritableStream; signal: AbortSignal };
  readonly paint: Brush;
  readonly unicode: boolean;
}

async function ask<Answer>(
  terminal: Terminal,
  question: Question,
  prompt: (setting: Setting) => Promise<Answer>,
): Promise<Answer> {
  const message = clean(terminal, question.message);
  if (!terminal.canPrompt) throw unanswerable(message, question.flag);
  terminal.flush();
  terminal.transient(undefined);
  const { stdin, stderr, paint: stderrPaint } = terminal.prompting;
  const paint: Brush = (style) => (content) => stderrPaint.reveal(stderrPaint.palette[style](content));
  const { unicode } = terminal.messageView();
  const leaving = new AbortController();
  const onKey = (_: unknown, key: { readonly name?: string; readonly ctrl?: boolean } | undefined): void => {
    if (key?.name === 'escape' || (key?.ctrl === true && key.name === 'd')) leaving.abort();
  };
  const onEnd = (): void => leaving.abort();
  stdin.on('keypress', onKey);
  stdin.once('end', onEnd);
  try {
    return await prompt({
      base: { message, theme: themeOf(paint, unicode) },
      context: { input: stdin, output: stderr, signal: leaving.signal },
      paint,
      unicode,
    });
  } catch (error) {
    throw isCancellation(error) ? new AppError('CANCELLED', 'Cancelled.', { cause: error }) : error;
  } finally {
    stdin.off('keypress', onKey);
    stdin.off('end', onEnd);
  }
}

/** Every colour is ours: the library's own look at the environment, not at --no-color, and at stdout. */
function themeOf(paint: Brush, unicode: boolean) {
  return {
    prefix: { idle: paint('accent')('?'), done: paint('good')(unicode ? '✔' : '+') },
    style: {
      answer: paint('accent'),
      message: paint('strong'),
      error: (content: string) => paint('bad')(`> ${content}`),
      defaultAnswer: (content: string) => paint('faint')(`(${content})`),
      help: paint('faint'),
      highlight: paint('accent'),
      key: paint('accent'),
      disabled: paint('faint'),
      confirmDefault: (content: string) => content.toUpperCase(),
    },
  };
}

/** Ctrl-C, our own signal, and the end of the input have names of their own in the library. */
function isCancellation(error: unknown): boolean {
  return (
    error instanceof Error &&
    ['ExitPromptError', 'AbortPromptError', 'CancelPromptError'].includes(error.name)
  );
}

/** The failure where nobody can be asked. */
export function unanswerable(message: string, flag: string): AppError {
  return new AppError('CONFIRMATION_REQUIRED', `An answer is needed: ${message} Pass ${flag}.`, {
    hint: 'Questions are asked only on a terminal, without --no-input and outside CI.',
    details: { flag },
  });
}
