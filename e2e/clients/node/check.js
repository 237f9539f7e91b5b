// What the scripts share: the stage they read from standard input, and how they say what is wrong.
'use strict';

const { isDeepStrictEqual } = require('util');

class Check {
  made = 0;
  failures = [];

  same(what, found, wanted) {
    const shown = `found ${JSON.stringify(found)}, wanted ${JSON.stringify(wanted)}`;
    this.holds(what, isDeepStrictEqual(found, wanted), shown);
  }

  holds(what, condition, shown = '') {
    this.made += 1;
    if (!condition) this.failures.push(shown ? `${what}: ${shown}` : what);
  }

  // The error of a promise that must fail, or null if it did not.
  async fails(what, promise) {
    try {
      const result = await promise;
      this.holds(what, false, `no error, but ${JSON.stringify(result)}`);
      return null;
    } catch (error) {
      this.made += 1;
      return error;
    }
  }
}

async function read(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

// The process ends with 1 if anything is not as it must be, or if nothing was checked.
async function run(story) {
  const check = new Check();
  try {
    await story(await read(process.stdin), check);
  } catch (error) {
    check.failures.push(error.stack);
  }
  for (const failure of check.failures) console.error(failure);
  console.log(`${check.made} checks, ${check.failures.length} failed`);
  process.exitCode = check.failures.length || !check.made ? 1 : 0;
}

module.exports = { run };
