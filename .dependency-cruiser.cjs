/** The arrows of docs/architecture.md, checked. */
const domain = '^src/(entitlements|activation|keys|troubleshooting)/';
module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'domain-is-pure',
      comment: 'Domain rooms know rules only: no Node, no packages, no other room.',
      severity: 'error',
      from: { path: domain },
      to: { pathNot: [domain, '^src/errors\\.ts$'] },
    },
    {
      name: 'domain-points-down',
      comment: 'troubleshooting -> activation -> entitlements -> keys',
      severity: 'error',
      from: { path: '^src/keys/' },
      to: { path: '^src/(entitlements|activation|troubleshooting)/' },
    },
    {
      name: 'entitlements-points-down',
      severity: 'error',
      from: { path: '^src/entitlements/' },
      to: { path: '^src/(activation|troubleshooting)/' },
    },
    {
      name: 'activation-points-down',
      severity: 'error',
      from: { path: '^src/activation/' },
      to: { path: '^src/troubleshooting/' },
    },
    {
      name: 'nobody-imports-commands',
      comment:
        'A command is a way in. Only the command line may load one; folders below hold parts of commands.',
      severity: 'error',
      from: { pathNot: '^src/command-line/' },
      to: { path: '^src/commands/', pathNot: '^src/commands/[^/]+/' },
    },
    {
      name: 'parts-of-commands-are-for-commands',
      severity: 'error',
      from: { pathNot: '^src/commands/' },
      to: { path: '^src/commands/[^/]+/' },
    },
    {
      name: 'nobody-imports-the-root',
      severity: 'error',
      from: {},
      to: { path: '^src/main\\.ts$' },
    },
    {
      name: 'what-starts-is-alone',
      comment: 'It is built by itself: what it shared with the program would be loaded twice.',
      severity: 'error',
      from: { path: '^src/start/' },
      to: {
        path: '^src/',
        pathNot: '^src/(start/|command-line/names\\.ts$|settings/(places|no-home)\\.ts$)',
      },
    },
    {
      name: 'nobody-imports-what-starts',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/start/' },
      to: { path: '^src/start/' },
    },
    {
      name: 'only-main-imports-its-parts',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(main\\.ts$|command-line/|start/)' },
      to: { path: '^src/(command-line/|surroundings\\.ts$)' },
    },
    {
      name: 'edges-know-no-command-or-terminal',
      severity: 'error',
      from: {
        path: '^src/(store|vault|credentials|client|importers|backend|provisioning|contract|service)/',
      },
      to: { path: '^src/(commands|terminal)/' },
    },
    {
      name: 'terminal-knows-no-product',
      comment: 'The room that writes knows formats and screens, not entitlements.',
      severity: 'error',
      from: { path: '^src/terminal/' },
      to: { path: '^src/', pathNot: ['^src/terminal/', '^src/(errors|environment)\\.ts$', '^src/keys/'] },
    },
    {
      name: 'one-door-to-the-keychain',
      severity: 'error',
      from: { pathNot: '^src/credentials/keychain\\.ts$' },
      to: { path: 'keytar' },
    },
    {
      name: 'one-door-to-sqlite',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/store/sqlite\\.ts$' },
      to: { path: '^(node:)?sqlite$' },
    },
    {
      name: 'one-door-to-postgresql',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/store/postgres[^/]*\\.ts$' },
      to: { path: '^node_modules/(@types/)?pg/' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: 'node_modules/(?!keytar|(@types/)?pg/)' },
  },
};
