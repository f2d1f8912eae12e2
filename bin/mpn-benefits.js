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

if (isTooOld()) require('./too-old.js').main(OLDEST.join('.'), __filename);
else if (asksForText()) require('../dist/main.cjs').main();
else require('../dist/start.cjs').start();
