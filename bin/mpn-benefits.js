#!/usr/bin/env -S node --
// The -- above: without it Node itself reads an --env-file of ours, and the NODE_OPTIONS in it, before we run.
// CommonJS, unlike the rest: it starts soonest, and on any Node, however old, to say kindly what is missing.
const OLDEST = [22, 22, 2];

function isTooOld() {
  const parts = process.versions.node.split('.').map(Number);
  for (let i = 0; i < OLDEST.length; i++) {
    if (parts[i] !== OLDEST[i]) return parts[i] < OLDEST[i];
  }
  return false;
}

/** Help and versions touch no file but the program's own, so they do without what earlier runs compiled. */
function asksForText() {
  const words = process.argv.slice(2);
  return words.length === 0 || words.some((word) => /^(-h|--help|-V|--version|help)$/.test(word));
}

/** A clone is built by its first `npm start`; whoever skips that shall not see a stack. */
function fromBuild(file) {
  try {
    return require('../dist/' + file);
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND' || require('node:fs').existsSync(__dirname + '/../dist/' + file))
      throw error;
    process.stderr.write(
      'error: This clone of mpn-benefits is not built yet.\nhint: In its folder: npm run build\n',
    );
    process.exit(1);
  }
}

if (isTooOld()) require('./too-old.js').main(OLDEST.join('.'), __filename);
else if (asksForText()) fromBuild('main.cjs').main();
else fromBuild('start.cjs').start();
