/** Stops the clock and chance, so that a picture made tomorrow is the one made today. Never for anything but pictures. */
const crypto = require('node:crypto');

const NOW = Date.UTC(2026, 2, 9, 9, 30);
const Real = Date;
globalThis.Date = class extends Real {
  constructor(...parts) {
    if (parts.length === 0) super(NOW);
    else super(...parts);
  }

  static now() {
    return NOW;
  }
};

let state = 1;
function nextByte() {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state >>> 24;
}
crypto.randomBytes = (length) => Buffer.from(Array.from({ length }, nextByte));
