/**
 * A line that takes more than a line: an answer that is typed, or a whole screen that is pasted. Prompts that end at
 * the first line break would take the rest of a pasted text for answers to later questions. Here a text ends with the
 * Enter that nothing follows. Of a pasted text of several lines only their number is shown: it may hold a product key.
 */
import { StringDecoder } from 'node:string_decoder';
import { AppError } from '../errors.ts';
import { type Question, unanswerable } from './prompts.ts';
import { sanitiseLine } from './sanitise.ts';
import type { InputStream } from './streams.ts';
import type { Terminal } from './terminal.ts';
import { displayWidth } from './width.ts';

/** Somebody who types waits this long unnoticed; the rest of a pasted text, or of a key's sequence, comes sooner. */
const QUIET_MILLISECONDS = 60;
/** What is pasted beyond this is dropped. */
const LONGEST = 16 * 1024 * 1024;
/** Longer text in one piece is not shown. */
const SHOWN = 200;

const PASTE_BEGINS = '\u001B[200~';
const PASTE_ENDS = '\u001B[201~';
const BRACKETS_ON = '\u001B[?2004h';
const BRACKETS_OFF = '\u001B[?2004l';
const ESCAPE = /^\u001B(?:\[[0-9;?]*[ -/]*[@-~]|O.)/;
/** The beginning of one, or the Escape key by itself. */
const UNFINISHED_ESCAPE = /^\u001B(?:\[[0-9;?]*[ -/]*|O)?$/;
const PLAIN_RUN = /[^\u0000-\u001F\u007F]+/y;

/**
 * What was typed or pasted, line breaks included.
 * @throws AppError CONFIRMATION_REQUIRED if nobody can be asked; CANCELLED on Escape, Ctrl-C, and Ctrl-D.
 */
export async function paste(terminal: Terminal, question: Question): Promise<string> {
  const message = terminal.redact(sanitiseLine(question.message));
  if (!terminal.canPrompt) throw unanswerable(message, question.flag);
  terminal.flush();
  terminal.transient(undefined);
  const { stdin, stderr, paint } = terminal.prompting;
  const { accent, strong } = paint.palette;
  // A dumb terminal would show the request as text.
  const brackets = terminal.messageView().unicode;
  // First: what somebody pastes as soon as they see the question would else be shown by the terminal itself.
  setRaw(stdin, true);
  stderr.write(`${brackets ? BRACKETS_ON : ''}${paint.reveal(`${accent('?')} ${strong(message)}`)} `);
  try {
    return await new Promise<string>((resolve, reject) => {
      const line = new PasteLine(
        (echo) => void stderr.write(terminal.redact(echo)),
        resolve,
        () => reject(new AppError('CANCELLED', 'Cancelled.')),
      );
      const decoder = new StringDecoder('utf8');
      const onData = (chunk: Uint8Array | string): void =>
        line.take(typeof chunk === 'string' ? chunk : decoder.write(Buffer.from(chunk)));
      const onEnd = (): void => line.cancel();
      line.onClose = () => {
        stdin.off('data', onData);
        stdin.off('end', onEnd);
      };
      stdin.on('data', onData);
      stdin.on('end', onEnd);
      stdin.resume();
    });
  } finally {
    setRaw(stdin, false);
    stdin.pause();
    stderr.write(`${brackets ? BRACKETS_OFF : ''}\n`);
  }
}

function setRaw(stdin: InputStream, on: boolean): void {
  if ('setRawMode' in stdin && typeof stdin.setRawMode === 'function') stdin.setRawMode(on);
}

/** Keys and pasted pieces in, one text out. */
class PasteLine {
  readonly #echo: (text: string) => void;
  readonly #done: (text: string) => void;
  readonly #cancelled: () => void;
  /** Lines that are finished, and the one that is being typed. */
  #before = '';
  #line = '';
  #pasting = false;
  #pasted = '';
  /** The end of what came, which means one thing or another by what follows. */
  #held = '';
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  onClose: () => void = () => {};

  constructor(echo: (text: string) => void, done: (text: string) => void, cancelled: () => void) {
    this.#echo = echo;
    this.#done = done;
    this.#cancelled = cancelled;
  }

  take(chunk: string): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    let rest = this.#held + chunk;
    this.#held = '';
    while (rest !== '' && !this.#closed) rest = this.#pasting ? this.#inPaste(rest) : this.#key(rest);
  }

  cancel(): void {
    if (this.#close()) this.#cancelled();
  }

  #close(): boolean {
    if (this.#closed) return false;
    this.#closed = true;
    clearTimeout(this.#timer);
    this.onClose();
    return true;
  }

  #inPaste(text: string): string {
    const end = text.indexOf(PASTE_ENDS);
    if (end === -1) {
      const open = text.length - beginningAtEnd(text, PASTE_ENDS);
      this.#collect(text.slice(0, open));
      this.#held = text.slice(open);
      return '';
    }
    this.#collect(text.slice(0, end));
    this.#pasting = false;
    // Terminals send the Enter key for a line break.
    const pasted = this.#pasted.replace(/\r\n?/g, '\n');
    const lines = pasted.split('\n').length;
    if (lines === 1) this.#show(pasted);
    else this.#echo(`[${lines} lines]`);
    this.#add(pasted);
    this.#pasted = '';
    return text.slice(end + PASTE_ENDS.length);
  }

  #collect(text: string): void {
    if (this.#pasted.length + this.#before.length < LONGEST) this.#pasted += text;
  }

  /** Takes one key, or a run of characters; gives what is left. */
  #key(text: string): string {
    if (text.startsWith(PASTE_BEGINS)) {
      this.#pasting = true;
      return text.slice(PASTE_BEGINS.length);
    }
    PLAIN_RUN.lastIndex = 0;
    const run = PLAIN_RUN.exec(text)?.[0];
    if (run !== undefined) {
      this.#show(run);
      this.#add(run);
      return text.slice(run.length);
    }
    const after = text.slice(1);
    switch (text.charAt(0)) {
      case '\r':
      case '\n':
        return this.#enter(text, text.startsWith('\r\n') ? text.slice(2) : after);
      case '\u0003':
      case '\u0004':
        this.cancel();
        return '';
      case '\u007F':
      case '\b':
        this.#erase([...this.#line].slice(-1).join(''));
        return after;
      case '\u0015':
        this.#erase(this.#line);
        return after;
      case '\u001B':
        if (UNFINISHED_ESCAPE.test(text)) return this.#escape(text);
        return text.slice(ESCAPE.exec(text)?.[0].length ?? 1);
      case '\t':
        this.#add(' ');
        return after;
      default:
        return after;
    }
  }

  /** A line break that something follows is part of a text. */
  #enter(text: string, rest: string): string {
    if (rest !== '') {
      this.#add('\n');
      return rest;
    }
    return this.#wait(text, () => {
      if (this.#close()) this.#done(this.#before + this.#line);
    });
  }

  /** The Escape key, if nothing follows; of another key's sequence nothing is kept. */
  #escape(text: string): string {
    return this.#wait(text, () => {
      this.#held = '';
      if (text === '\u001B') this.cancel();
    });
  }

  #wait(text: string, onQuiet: () => void): string {
    this.#held = text;
    this.#timer = setTimeout(onQuiet, QUIET_MILLISECONDS);
    return '';
  }

  #add(text: string): void {
    const end = text.lastIndexOf('\n');
    if (this.#before.length + this.#line.length >= LONGEST) return;
    if (end === -1) this.#line += text;
    else {
      this.#before += this.#line + text.slice(0, end + 1);
      this.#line = text.slice(end + 1);
    }
  }

  /** Only a first line that fits is shown as it is; what follows a line break was pasted. */
  #show(text: string): void {
    if (this.#before !== '') return;
    this.#echo(text.length <= SHOWN ? sanitiseLine(text) : `[${text.length} characters]`);
  }

  #erase(text: string): void {
    this.#line = this.#line.slice(0, this.#line.length - text.length);
    this.#echo('\b \b'.repeat(displayWidth(text)));
  }
}

/** How many characters at the end of a text are the beginning of a mark. */
function beginningAtEnd(text: string, mark: string): number {
  let length = Math.min(text.length, mark.length - 1);
  while (!text.endsWith(mark.slice(0, length))) length -= 1;
  return length;
}
