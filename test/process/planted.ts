import { readdirSync, readFileSync } from 'node:fs';

/** Ways in which bytes that are meant to be hidden can lie somewhere, and still be read by whoever finds them. */
export function spellings(secret: string): Buffer[] {
  const plain = [secret, secret.replaceAll('-', '')].flatMap((text) => [text, text.toLowerCase()]);
  const texts = [...new Set(plain)];
  return texts.flatMap((text) => {
    const utf8 = Buffer.from(text);
    const utf16 = Buffer.from(text, 'utf16le');
    return [utf8, utf16, Buffer.from(utf16).swap16(), ...inBase64(utf8), Buffer.from(utf8.toString('hex'))];
  });
}

/** Base64 depends on what stands before: the three ways to fall, without the characters that the neighbours share. */
function inBase64(bytes: Buffer): Buffer[] {
  return [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const first = before === 0 ? 0 : before + 1;
    return Buffer.from(text.slice(first, text.length - ((bytes.length + before) % 3 === 0 ? 0 : 1)));
  });
}

/** The secrets that can be read somewhere in the bytes. */
export function readableIn(bytes: Buffer, secrets: readonly string[]): string[] {
  return secrets.filter((secret) => spellings(secret).some((form) => bytes.includes(form)));
}

/** Looks at the command lines of all processes for as long as it runs. */
export function watchCommandLines(): { readonly stop: () => string[] } {
  const looks = new Map<string, number>();
  const seen = new Set<string>();
  const look = (): void => {
    for (const entry of readdirSync('/proc')) {
      const before = looks.get(entry) ?? 0;
      // A process changes its command line when it becomes another program, so one look is not enough.
      if (!/^\d+$/.test(entry) || before > 4) continue;
      looks.set(entry, before + 1);
      try {
        seen.add(readFileSync(`/proc/${entry}/cmdline`, 'latin1'));
      } catch {
        // It has ended in between.
      }
    }
  };
  const timer = setInterval(look, 10);
  return {
    stop: () => {
      clearInterval(timer);
      return [...seen];
    },
  };
}
