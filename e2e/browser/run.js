// Tells stories in one Chromium: a line of JSON each way. The first line says what is installed, the
// second where the servers are; every other asks for a story by its name. Ends with its input.
'use strict';

const fs = require('fs');
const path = require('path');
const readline = require('readline');

const { Client } = require('./client');
const { Stage } = require('./stage');
const { launch } = require('./browser');

// Which stories: a folder of ours.
const folder = path.join(__dirname, process.argv[2]);
const files = fs.readdirSync(folder).filter((name) => name.endsWith('.js'));
const stories = Object.assign({}, ...files.map((name) => require(path.join(folder, name))));

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

async function tell(stage, { id, story }) {
  const started = Date.now();
  const people = [];
  let verdict;
  try {
    if (!stories[story]) throw new Error('there is no such story');
    await stories[story](stage.for(people));
    people.forEach((person) => person.check());
    verdict = { milliseconds: Date.now() - started };
  } catch (fault) {
    const seen = await Promise.all(people.map((person) => person.describe()));
    verdict = { failure: [fault.stack ?? `${fault}`, ...seen].join('\n') };
  }
  // Before the verdict: with the last one, our files go.
  await Promise.all(people.map((person) => person.close()));
  say({ id, ...verdict });
}

async function main() {
  const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await lines.next()).value);
  const installed = await next();
  const client = await Client.start(installed);
  const browser = await launch(installed);
  say({ client: client.ports, stories: Object.keys(stories) });
  const stage = new Stage(await next(), client, browser, installed.screenshots);
  const told = [];
  for await (const line of lines) told.push(tell(stage, JSON.parse(line)));
  await Promise.all(told);
  await browser.close();
  process.exit(0);
}

main().catch((fault) => {
  process.stderr.write(`${fault.stack}\n`);
  process.exit(1);
});
