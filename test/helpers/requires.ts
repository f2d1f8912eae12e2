/**
 * Whether a part of the system that some tests need is there. If not, its tests are skipped by name; in CI
 * (`CI=true`) that is a failure, so that a suite never turns green by doing less.
 * Use: `describe.skipIf(!requires('gnome-keyring', available))('…', …)`.
 */
export function requires(part: string, available: boolean): boolean {
  if (available) return true;
  const message = `${part} is missing on this machine (npm run test:prepare installs what it can)`;
  if (process.env['CI'] === 'true') throw new Error(message);
  console.warn(`skipped: ${message}`);
  return false;
}
