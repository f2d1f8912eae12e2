#!/usr/bin/env node
// Runs on any Node, however old, to say kindly what is missing; so it uses nothing new, and imports nothing that a
// fitting Node would load for nothing.
const OLDEST = [22, 22, 2];

function isTooOld() {
  const parts = process.versions.node.split('.').map(Number);
  for (let i = 0; i < OLDEST.length; i++) {
    if (parts[i] !== OLDEST[i]) return parts[i] < OLDEST[i];
  }
  return false;
}

if (isTooOld()) {
  import('./too-old.js').then((module) => module.main(OLDEST.join('.'), import.meta.url));
} else {
  process
    .getBuiltinModule('node:module')
    .createRequire(import.meta.url)('../dist/main.cjs')
    .main();
}
