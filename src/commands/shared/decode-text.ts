/**
 * Text of a file that another program wrote. The redirection of Windows PowerShell writes UTF-16, and many programs
 * put a byte order mark first; it is taken off. Whatever is no text in any of these is read as far as it can be.
 */
export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder(encodingOf(bytes)).decode(bytes);
}

function encodingOf([first, second, third, fourth]: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  // Letters of ASCII in UTF-16, without a mark.
  return second === 0 && third !== 0 && fourth === 0 ? 'utf-16le' : 'utf-8';
}
