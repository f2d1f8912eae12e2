// biome-ignore-all lint/suspicious/noTemplateCurlyInString: code as text.

/** One place in the code: this text, which stands there once, and what stands there without the guard. */
export interface Edit {
  readonly file: string;
  readonly text: string;
  readonly without: string;
}

/** What keeps a promise, and the test of this folder that fails without it. */
export interface Guard {
  /** The test file, without its ending. */
  readonly promise: string;
  /** How the test's name begins. */
  readonly test: string;
  /** What is taken out. */
  readonly guard: string;
  readonly edits: readonly Edit[];
}

const guard = (promise: string, test: string, what: string, ...edits: readonly Edit[]): Guard => ({
  promise,
  test,
  guard: what,
  edits,
});
const edit = (file: string, text: string, without: string): Edit => ({ file, text, without });

/** Two promises stand on it: what is in the package, and how large it is. */
const WITH_SOURCE_MAPS = edit('rolldown.config.ts', 'minify: true,', 'minify: true,\n    sourcemap: true,');

/** Two tests call the installed program by its name. */
const NAME_OF_NOTHING = edit('package.json', '"bin/mpn-benefits.js"', '"bin/nothing.js"');

/**
 * `npm run promises:prove` takes the guards out of a copy, one after the other, and sees the tests fail: a test that
 * cannot fail promises nothing. Where two guards stand behind each other, both are taken out.
 */
export const GUARDS: readonly Guard[] = [
  guard(
    'no-secret-leaks',
    'in no file in clear',
    'sealing',
    edit(
      'src/vault/vault.ts',
      'const sealed = sealEnvelope(sealKey, { vaultId, recordId }, text);',
      'const sealed = new Uint8Array(text);',
    ),
    edit(
      'src/vault/vault.ts',
      'const plain = openEnvelope(sealKey, { vaultId, recordId }, sealed);',
      'const plain = new Uint8Array(sealed);',
    ),
  ),
  guard(
    'no-secret-leaks',
    'in no file in clear',
    'masks in notes and names',
    edit(
      'src/importers/text.ts',
      'return found === 0 ? { shown } : { shown, original: new Secret(text) };',
      'return { shown: text };',
    ),
  ),
  guard(
    'no-secret-leaks',
    'in no answer, message or error',
    'masks in messages',
    edit('src/terminal/redact.ts', 'return maskKeys(out).shown;', 'return out;'),
  ),
  guard(
    'no-secret-leaks',
    'in the output of no program',
    'masks in what a program prints',
    edit(
      'src/provisioning/child/copy-masked.ts',
      'await pipeline(from, maskStream(secrets), to, { end: false });',
      'await pipeline(from, to, { end: false });',
    ),
  ),
  guard(
    'no-secret-leaks',
    'in the command line of no process',
    'no way from the keys to the arguments of a program',
    edit(
      'src/provisioning/child/run-child.ts',
      'const started = start(request, childEnvironment(env, platform, added));',
      "const seen = { ...request, args: [...request.args, ...valuesOf('env').values()] };\n    const started = start(seen, childEnvironment(env, platform, added));",
    ),
  ),
  guard(
    'no-secret-leaks',
    'no key in a URL',
    'the look at what becomes a part of an address',
    edit(
      'src/client/address.ts',
      'if (findKeyPatterns(text).length === 0) return text;',
      'if (findKeyPatterns(text).length >= 0) return text;',
    ),
  ),
  guard(
    'no-secret-leaks',
    'Windows gets the key in standard input',
    'standard input for PowerShell',
    edit(
      'src/provisioning/activation/windows.ts',
      'powerShell.run(activationScript(request), `',
      'powerShell.run(`# ${request.key.reveal()}\\n${activationScript(request)}`, `',
    ),
  ),
  guard(
    'no-secret-leaks',
    'a program that is run gets nothing',
    'withheld variables',
    edit(
      'src/provisioning/child/environment.ts',
      'new Set([...WITHHELD_VARIABLES, ...Object.keys(added)]',
      'new Set([...Object.keys(added)]',
    ),
  ),
  ...[
    'toString(): string {',
    '[Symbol.toPrimitive](): string {',
    'toJSON(): string {',
    "[Symbol.for('nodejs.util.inspect.custom')](): string {",
  ].map((method) =>
    guard(
      'no-secret-leaks',
      'a secret that is printed by accident',
      `the mask of a secret, ${method.replace(/\(\).*/, '')}`,
      edit(
        'src/keys/secret.ts',
        `  ${method}\n    return this.#mask;`,
        `  ${method}\n    return this.#value;`,
      ),
    ),
  ),
  guard(
    'owner-only-files',
    'under umask 000',
    'the mode of folders',
    edit('src/store/owner-only.ts', 'mkdirSync(path, { mode: 0o700 });', 'mkdirSync(path);'),
  ),
  guard(
    'owner-only-files',
    'under umask 000',
    'the mode of files',
    edit(
      'src/store/owner-only.ts',
      '(constants.O_NOFOLLOW ?? 0), 0o600));',
      '(constants.O_NOFOLLOW ?? 0), 0o666));',
    ),
  ),
  guard(
    'owner-only-files',
    'under umask 000',
    'the mode of files with a key, given and set',
    edit(
      'src/store/own-file-writing.ts',
      '(constants.O_NOFOLLOW ?? 0), 0o600);',
      '(constants.O_NOFOLLOW ?? 0), 0o666);',
    ),
    edit('src/store/own-file-writing.ts', 'fchmodSync(file, 0o600);', 'fchmodSync(file, 0o644);'),
  ),
  guard(
    'owner-only-files',
    'a folder',
    'the look for a link, folders',
    edit(
      'src/store/owner-only.ts',
      "if (found === 'link') return refuse(path, 'is a symbolic link');\n  if (found === 'file'",
      "if (found === 'link') return true;\n  if (found === 'file'",
    ),
  ),
  guard(
    'owner-only-files',
    'a file',
    'the look for a link, files',
    edit(
      'src/store/owner-only.ts',
      "if (found === 'link') return refuse(path, 'is a symbolic link');\n  if (found === 'folder'",
      "if (found === 'link') return true;\n  if (found === 'folder'",
    ),
  ),
  guard(
    'keychain',
    'the vault key is there by default',
    'the keychain as the last resort',
    edit(
      'src/credentials/vault-key-source.ts',
      '  return keychainSource(places);',
      "  return (await import('./file-key.ts')).fileKey(`${process.env['HOME']}/vault-key`);",
    ),
  ),
  guard(
    'keychain',
    'without a keychain nothing is stored',
    'no key in a file where there is no keychain',
    edit(
      'src/credentials/vault-key-source.ts',
      '  return keychainSource(places);',
      "  return (await import('./file-key.ts')).fileKey(`${process.env['HOME']}/vault-key`);",
    ),
  ),
  guard(
    'keychain',
    'nothing but the sandbox',
    'the order of places',
    edit(
      'src/credentials/vault-key-source.ts',
      "return environmentValue === undefined ? 'keychain' : 'environment';",
      "return environmentValue === undefined ? 'file' : 'environment';",
    ),
  ),
  guard(
    'keychain',
    'one that is locked is not taken for an empty one',
    'locked as a state of its own',
    edit(
      'src/credentials/keychain.ts',
      "if (seen.item === 'locked' || seen.defaultLocked) throw new KeychainUnusable('locked');",
      "if (seen.item === 'locked' || seen.defaultLocked) return { ...seen, item: 'none' };",
    ),
  ),
  guard(
    'keychain',
    'that has lost the key makes no new one',
    'the proof that there was a key',
    edit(
      'src/vault/vault.ts',
      'if (stored === null) throw missing(source, account);',
      'if (stored === null) await makeKey(account, source, first);',
    ),
  ),
  guard(
    'keychain',
    'that gives another key replaces nothing',
    'the proof of the key',
    edit(
      'src/vault/vault.ts',
      'if (expected.length === actual.length && timingSafeEqual(expected, actual)) return made.vault;',
      'return made.vault;',
    ),
  ),
  guard(
    'keychain',
    'for a keychain that never answers',
    'the limit of all waiting',
    edit(
      'src/credentials/keychain.ts',
      'return await Promise.race([work(left), late]);',
      'return await work(left);',
    ),
  ),
  guard(
    'confirmed-only',
    'returns without an error and is not licensed',
    'the licence’s own status',
    edit(
      'src/provisioning/activation/outcome.ts',
      'if (licenseStatus === LICENSED) {',
      'if (report.activated) {',
    ),
  ),
  guard(
    'confirmed-only',
    'answers about another key',
    'the comparison of the key',
    edit(
      'src/provisioning/activation/outcome.ts',
      'if (report.last5.toUpperCase() !== last5.toUpperCase()) {',
      'if (last5 === report.last5 && last5 !== report.last5) {',
    ),
  ),
  guard(
    'confirmed-only',
    'answers 200 with something else',
    'the form of an answer',
    edit(
      'src/client/answer.ts',
      'return answer.status === operation.status && (operation.answer === null || json !== undefined);',
      'return answer.status === operation.status;',
    ),
    edit('src/client/answer.ts', 'if (read.success) return read.data;', 'return json;'),
  ),
  guard(
    'counted-once',
    'the statement that counts',
    'the allowance in the deciding statement',
    edit(
      'src/backend/local/ledger.ts',
      'WHERE id = ? AND used + ? <= ? RETURNING',
      'WHERE id = ? AND used + ? <= ? + 1000 RETURNING',
    ),
  ),
  guard(
    'counted-once',
    'two processes want the last activation',
    'the allowance, in the plan and in the statement',
    edit(
      'src/activation/limit.ts',
      'if (allowed === null || fits(key.numbers, delta)) return null;',
      'if (allowed === null || delta >= 0) return null;',
    ),
    edit(
      'src/backend/local/ledger.ts',
      'WHERE id = ? AND used + ? <= ? RETURNING',
      'WHERE id = ? AND used + ? <= ? + 1000 RETURNING',
    ),
  ),
  guard(
    'counted-once',
    'killed after it was reserved',
    'going on with what is pending',
    edit(
      'src/activation/scenario.ts',
      "if (pending !== undefined && assume !== 'new') return { kind: 'continues', activation: pending };",
      '',
    ),
  ),
  guard(
    'counted-once',
    'over a network that is cut',
    'the request id and going on with what is pending',
    edit(
      'src/client/client.ts',
      'return exchange(await this.#connection, { ...request, headers },',
      'return exchange(await this.#connection, { ...request, headers: { ...headers, ...(HEADERS.requestId in headers ? { [HEADERS.requestId]: randomUUID() } : {}) } },',
    ),
    edit(
      'src/activation/scenario.ts',
      "if (pending !== undefined && assume !== 'new') return { kind: 'continues', activation: pending };",
      '',
    ),
  ),
  guard(
    'retries',
    'a service that always fails',
    'the number of tries',
    edit(
      'src/client/client.ts',
      'if (round >= tries || performance.now() + wait >= end) throw failure;',
      'if (performance.now() + wait >= end || tries < 0) throw failure;',
    ),
  ),
  guard(
    'retries',
    'all tries of one change',
    'one request id for all tries',
    edit(
      'src/client/client.ts',
      'return exchange(await this.#connection, { ...request, headers },',
      'return exchange(await this.#connection, { ...request, headers: { ...headers, ...(HEADERS.requestId in headers ? { [HEADERS.requestId]: randomUUID() } : {}) } },',
    ),
  ),
  guard(
    'retries',
    'what the service refuses',
    'what is worth repeating',
    edit('src/client/client.ts', 'if (!isWorthRepeating(answer.status) && !foreign) throw failure;', ''),
  ),
  guard(
    'text-is-inert',
    'JSON gives every string back',
    'spelling in place of leaving out',
    edit(
      'src/terminal/escape.ts',
      'return spell(JSON.stringify(value, undefined, indent));',
      "return JSON.stringify(value, undefined, indent).replace(SPELLED, '');",
    ),
  ),
  guard(
    'text-is-inert',
    'no control character reaches a terminal',
    'spelling in JSON',
    edit(
      'src/terminal/escape.ts',
      'return spell(JSON.stringify(value, undefined, indent));',
      'return JSON.stringify(value, undefined, indent);',
    ),
  ),
  ...['no control character reaches a terminal', 'nor in an error', 'all of it in the program'].map((test) =>
    guard(
      'text-is-inert',
      test,
      'sanitising',
      edit(
        'src/terminal/sanitise.ts',
        "return text.replace(UNSAFE, '');",
        'return text.replace(/(?!)/, String(UNSAFE));',
      ),
    ),
  ),
  guard(
    'text-is-inert',
    'a CSV cell opens as text',
    'the apostrophe',
    edit('src/terminal/csv.ts', "return /^[=+\\-@]/.test(text) ? `'${text}` : text;", 'return text;'),
  ),
  guard(
    'exit-codes',
    'every error code has the exit code',
    'one number of the table',
    edit('src/errors.ts', 'ACTIVATION_UNKNOWN: 10,', 'ACTIVATION_UNKNOWN: 11,'),
  ),
  guard(
    'exit-codes',
    'the page for scripts',
    'a line of the page',
    edit('docs/exit-codes.md', '| 4 | `NOT_ELEVATED` |', '| 1 | `NOT_ELEVATED` |'),
  ),
  guard(
    'exit-codes',
    'whatever is thrown ends with a code',
    'the code of what nobody foresaw',
    edit('src/terminal/error.ts', "code: 'INTERNAL',", "code: 'USAGE',"),
  ),
  guard(
    'exit-codes',
    'nothing ends the process past the table',
    'one place that ends the process',
    edit(
      'src/commands/doctor.ts',
      'export async function run(',
      'export const leave = () => process.exit(3);\nexport async function run(',
    ),
  ),
  guard(
    'help-touches-nothing',
    '$args: no keychain',
    'help before everything else',
    edit(
      'src/main.ts',
      "if (invocation.kind === 'text') {",
      "await (await import('./context.ts')).createContext({}, surroundings);\n    if (invocation.kind === 'text') {",
    ),
  ),
  guard(
    'start-up',
    '$line: at most',
    'child processes that wait until somebody asks',
    edit(
      'rolldown.config.ts',
      '/^node:(?:child_process|fs|os|path|process)$/',
      '/^node:(?:fs|os|path|process)$/',
    ),
  ),
  guard(
    'one-origin',
    'a redirect is not followed',
    'redirects as failures',
    edit(
      'src/client/client.ts',
      'return exchange(await this.#connection, { ...request, headers }, AbortSignal.timeout(Math.ceil(left)));',
      `const first = await exchange(await this.#connection, { ...request, headers }, AbortSignal.timeout(Math.ceil(left)));
    const to = first.header('location');
    if (to !== undefined) await fetch(to, { headers });
    return first;`,
    ),
  ),
  guard(
    'one-origin',
    'never to %s',
    'the origin of the token',
    edit(
      'src/credentials/service-credential.ts',
      'if (!token || !url || serviceOrigin(url) !== origin) return undefined;',
      'if (!token || !url || origin === serviceOrigin) return undefined;',
    ),
  ),
  guard(
    'one-origin',
    'unencrypted it goes to this machine only',
    'http to this machine only',
    edit(
      'src/settings/service-url.ts',
      "if (url.protocol === 'http:' && !isLoopback(url.hostname)) {",
      "if (url.protocol === 'http:' && isLoopback('')) {",
    ),
  ),
  guard(
    'one-origin',
    'a certificate of nobody we trust',
    'verified certificates',
    edit('src/client/dispatcher.ts', 'const tls = { rejectUnauthorized: true, ...', 'const tls = { ...'),
  ),
  guard(
    'package',
    'nothing of ours or of what we install runs',
    'no install script',
    edit('package.json', '"prepack":', '"postinstall": "true",\n    "prepack":'),
  ),
  guard(
    'package',
    'every version is an exact one',
    'exact versions',
    edit('package.json', '"commander": "', '"commander": "^'),
  ),
  guard(
    'package',
    'every package has its hash',
    'a lockfile without addresses',
    edit(
      'package-lock.json',
      '"node_modules/commander": {',
      '"node_modules/commander": {\n      "resolved": "https://registry.example/commander.tgz",',
    ),
  ),
  guard(
    'package',
    'holds the program',
    'the list of files',
    edit('package.json', '    "SECURITY.md"\n', '    "SECURITY.md",\n    "test"\n'),
  ),
  guard('package', 'holds the program', 'no source maps', WITH_SOURCE_MAPS),
  guard(
    'package',
    'holds every page',
    'the pages in the list of files',
    edit('package.json', '"docs/*.md",', '"docs/ledger.md",'),
  ),
  guard('package', 'is found by npx', 'what the name of the command stands for', NAME_OF_NOTHING),
  guard('package', 'lists, shows, hands a key', 'what the name of the command stands for', NAME_OF_NOTHING),
  guard(
    'package',
    'has a bill of materials',
    'the look into the bundle',
    edit('scripts/sbom.ts', 'beside.has(reference) || packages.has(reference);', 'beside.has(reference);'),
    edit('scripts/sbom.ts', 'if (missing.length > 0) throw', 'if (missing.length < 0) throw'),
  ),
  guard('package', 'is at most 12 packages and 12 MB', 'no source maps', WITH_SOURCE_MAPS),
  guard(
    'survives',
    'kill -9 in the middle of an import',
    'one transaction for one file',
    edit('src/store/sqlite.ts', 'this.#try(() => this.#database.exec(begin));', 'void begin;'),
    edit('src/store/sqlite.ts', "this.#try(() => this.#database.exec('COMMIT'));", ''),
  ),
  guard(
    'survives',
    'what was acknowledged is on the disk',
    'a disk that is waited for',
    edit('src/store/sqlite.ts', "    synchronous: 'FULL',\n  });", "    synchronous: 'NORMAL',\n  });"),
  ),
  guard(
    'survives',
    'two processes at once on a new profile',
    'the lock before the first read, and waiting for it',
    edit(
      'src/store/sqlite.ts',
      "this.#transaction('BEGIN IMMEDIATE', work)",
      "this.#transaction('BEGIN DEFERRED', work)",
    ),
    edit('src/store/sqlite.ts', '{ timeout: LOCK_WAIT_MS }', '{ timeout: 0 }'),
  ),
  ...['Ctrl-C at a question', 'Ctrl-C at a choice', 'Ctrl-C in hidden input'].map((test) =>
    guard(
      'terminal-restored',
      test,
      'leaving a prompt as an end of its own',
      edit(
        'src/terminal/prompts.ts',
        "throw isCancellation(error) ? new AppError('CANCELLED', 'Cancelled.', { cause: error }) : error;",
        'throw error;',
      ),
    ),
  ),
  guard(
    'terminal-restored',
    'Ctrl-C while it works',
    'the signal where leaving would wait',
    edit(
      'src/surroundings.ts',
      'if (code === EXIT_CODES.CANCELLED && isStuckInFile()) dieOfInterrupt();',
      '',
    ),
  ),
];
